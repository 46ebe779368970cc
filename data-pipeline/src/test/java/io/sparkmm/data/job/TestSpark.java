package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** One Spark context for all tests of a JVM; it is replaced only when the master changes. */
final class TestSpark {
  private TestSpark() {}

  /** A local Spark with this many cores. */
  static JavaSparkContext local(int cores) {
    return context(String.format(Locale.ROOT, "local[%d]", cores), Map.of());
  }

  /** A local Spark with two cores that tries a task up to four times. */
  static JavaSparkContext retrying() {
    return context("local[2,4]", Map.of());
  }

  /** Two executors, which are processes with one core each. */
  static JavaSparkContext cluster(Path folder) {
    stop();
    return context("local-cluster[2,1,1024]", processes(folder));
  }

  /** A cluster of two workers with addresses of their own, where slow tasks are tried twice. */
  static JavaSparkContext twoHosts(Path folder, List<ChildJvm> processes) {
    stop();
    try {
      int port = freePort();
      String master = "spark://127.0.0.1:" + port;
      processes.add(
          ChildJvm.start(
              folder,
              org.apache.spark.deploy.master.Master.class,
              List.of("--host", "127.0.0.1", "--port", port + "", "--webui-port", "0")));
      for (String host : List.of("127.0.0.1", "127.0.0.2")) {
        processes.add(
            ChildJvm.start(
                folder,
                org.apache.spark.deploy.worker.Worker.class,
                List.of(
                    "--host",
                    host,
                    "--webui-port",
                    "0",
                    "--cores",
                    "1",
                    "--memory",
                    "1g",
                    "--work-dir",
                    folder.resolve("work-" + host).toString(),
                    master)));
      }
      Map<String, String> settings = new java.util.HashMap<>(processes(folder));
      settings.put("spark.speculation", "true");
      settings.put("spark.speculation.interval", "200ms");
      settings.put("spark.speculation.minTaskRuntime", "500ms");
      settings.put("spark.speculation.quantile", "0.3");
      return context(master, settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the context. */
  static void stop() {
    if (SparkSession.getActiveSession().isDefined()) {
      SparkSession.getActiveSession().get().stop();
    }
  }

  private static Map<String, String> processes(Path folder) {
    try {
      // Executors get this process's class path, since the Spark home of the tests has no jars.
      Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Map.of(
        "spark.executor.memory", "600m",
        "spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.executor.extraClassPath", System.getProperty("java.class.path"),
        "spark.executorEnv.SPARK_SCALA_VERSION", "2.13",
        "spark.driver.host", "127.0.0.1",
        "spark.driver.bindAddress", "127.0.0.1",
        "spark.local.dir", folder.toString());
  }

  /** A port below those that systems give to connections, which none of them gets meanwhile. */
  private static int freePort() throws IOException {
    int first = 20_000 + (int) (ProcessHandle.current().pid() * 1009 % 10_000);
    for (int port = first; ; port++) {
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        assertThat(port).as("the port is free").isLessThan(first + 2000);
      }
    }
  }

  private static JavaSparkContext context(String master, Map<String, String> settings) {
    if (SparkSession.getActiveSession().isDefined()) {
      SparkContext active = SparkSession.getActiveSession().get().sparkContext();
      if (!active.isStopped() && active.master().equals(master)) {
        return JavaSparkContext.fromSparkContext(active);
      }
      stop();
    }
    SparkSession.Builder builder =
        SparkSession.builder().master(master).appName("tests").config("spark.ui.enabled", "false");
    settings.forEach(builder::config);
    return JavaSparkContext.fromSparkContext(builder.getOrCreate().sparkContext());
  }
}
