package io.sparkmm.train.launch;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.train.model.ModelException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** The verb {@code train}. */
public final class TrainMain {
  private static final List<String> HELP = List.of("-h", "--help");

  private TrainMain() {}

  /** Entry point for {@code spark-submit}; ends with the exit code of {@link #run}. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /**
   * Trains as the command line says.
   *
   * @return 0 when done, 1 when the training failed, 2 for wrong usage or configuration
   */
  public static int run(String[] args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    if (Arrays.stream(args).anyMatch(HELP::contains)) {
      out.println(TrainUsage.text());
      return 0;
    }
    try {
      TrainSettings settings = TrainSettings.checked(List.of(args), System.getenv());
      for (ConfigProblem warning : settings.configuration().warnings()) {
        err.println("Warning: " + warning);
      }
      NativeMemory.prepare();
      SparkConf conf =
          SparkSettings.forTraining(
              new SparkConf().setIfMissing("spark.app.name", "sparkmm train"));
      settings
          .executorEnvironment()
          .forEach((name, value) -> conf.set("spark.executorEnv." + name, value));
      NpuApplication.forward(conf, DevicePlan.of(settings.configuration()), System.getenv());
      // Another verb of the same program may have started Spark; it ends with the JVM.
      SparkSession session = SparkSession.builder().config(conf).getOrCreate();
      TrainJobResult result =
          TrainJob.run(JavaSparkContext.fromSparkContext(session.sparkContext()), settings, out);
      result.exportFolder().ifPresent(folder -> out.println("Trained model: " + folder));
      result.metricsFile().ifPresent(file -> out.println("Metrics: " + file));
      return 0;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return 2;
    } catch (WorkerFailedException e) {
      err.println(e.getMessage());
      err.println(e.rankTable());
      if (e.getCause().getStackTrace().length > 0) {
        err.print("Where the worker failed: ");
        e.getCause().printStackTrace(err);
      }
      return 1;
    } catch (LaunchException e) {
      err.println(e.getMessage());
      return e.kind() == LaunchException.Kind.SPARK_SETTINGS ? 2 : 1;
    } catch (DataException | ModelException e) {
      err.println(e.getMessage());
      return 1;
    }
  }
}
