package io.sparkmm.cli;

import io.sparkmm.convert.bench.BenchConvertMain;
import io.sparkmm.data.bench.BenchPrepareMain;
import io.sparkmm.data.job.CommandLines;
import io.sparkmm.train.bench.BenchCheckpointMain;
import io.sparkmm.train.bench.BenchCollectivesMain;
import io.sparkmm.train.bench.BenchTrainMain;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The verb {@code bench}: measurements as ratios, one subcommand for each thing to measure. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures how fast SparkMM is, against its parts and against peers.",
    subcommands = {
      BenchPrepareMain.class,
      BenchConvertMain.class,
      BenchTrainMain.class,
      BenchCollectivesMain.class,
      BenchCheckpointMain.class
    })
public final class BenchMain implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private BenchMain() {}

  /** Runs the verb and returns its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static int run(String[] args) {
    return CommandLines.run(new BenchMain(), args);
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(), "Say what to measure: " + spec.subcommands().keySet());
  }
}
