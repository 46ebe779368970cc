package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.sample.DataException;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class CommandLinesTest {
  @Command(name = "try")
  private static final class Try implements Callable<Integer> {
    private final RuntimeException failure;

    @Option(names = "--number")
    private int number;

    Try(RuntimeException failure) {
      this.failure = failure;
    }

    @Override
    public Integer call() {
      if (number == 7) {
        return CommandLines.DONE;
      }
      throw failure;
    }
  }

  private static int run(RuntimeException failure, String... arguments) {
    return CommandLines.run(new Try(failure), arguments);
  }

  @Test
  void exitCodesTellWhoCanHelp() {
    RuntimeException setting = new DataException(DataException.Kind.SETTING, "a setting");
    RuntimeException source = new DataException(DataException.Kind.SOURCE, "a source");
    assertThat(run(setting, "--number", "7")).isZero();
    assertThat(run(setting)).isEqualTo(CommandLines.WRONG_USAGE);
    assertThat(run(source)).isEqualTo(CommandLines.FAILED);
    assertThat(run(new IllegalStateException("a defect"))).isEqualTo(CommandLines.FAILED);
    assertThat(run(source, "--number", "x")).isEqualTo(CommandLines.WRONG_USAGE);
    assertThat(run(source, "--unknown")).isEqualTo(CommandLines.WRONG_USAGE);
  }

  @Test
  void aWrongConfigurationIsWrongUsage() {
    RuntimeException problem = null;
    try {
      ConfigLoader.parseData("data.json", "{}");
    } catch (RuntimeException e) {
      problem = e;
    }
    assertThat(problem).isNotNull();
    assertThat(run(problem)).isEqualTo(CommandLines.WRONG_USAGE);
  }
}
