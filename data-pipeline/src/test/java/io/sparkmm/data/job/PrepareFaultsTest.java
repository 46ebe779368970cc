package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks that fail, stand still, or lose their process. */
@Tag("slow")
class PrepareFaultsTest {
  /** A picture in the middle of the fourth shard. */
  private static final String FILE = "00000034.png";

  private static final long LIMIT_SECONDS = 240;

  @TempDir static Path folder;
  private static TestInputs inputs;

  @TempDir private Path outputs;

  @BeforeAll
  static void draw() {
    inputs = TestInputs.draw(folder, 60);
  }

  @AfterAll
  static void stop() {
    TestSpark.stop();
  }

  private static ObjectNode config(double validationRate) {
    ObjectNode config = inputs.config();
    String media = TroubledFileSystem.SCHEME + "://" + inputs.folder().resolve("images/train");
    TestInputs.basic(config).put("dataset_dir", media).put("val_rate", validationRate);
    return config;
  }

  private PrepareResult run(
      JavaSparkContext spark, Path target, Path marker, double validationRate) {
    Configuration configuration = new Configuration(spark.hadoopConfiguration());
    TroubledFileSystem.configure(configuration, FILE, TroubledFileSystem.Trouble.HANG, marker);
    if (marker.getFileName().toString().startsWith("fail")) {
      configuration.set(TroubledFileSystem.TROUBLE, TroubledFileSystem.Trouble.FAIL.name());
    }
    return PrepareJob.run(
        () -> spark,
        TestInputs.settings(config(validationRate), target, TestInputs.options(10, 3, 0)),
        configuration);
  }

  private Map<String, String> undisturbed(JavaSparkContext spark, double rate) throws IOException {
    Path marker = Files.createFile(outputs.resolve("nothing"));
    run(spark, outputs.resolve("undisturbed"), marker, rate);
    return TestShards.tree(outputs.resolve("undisturbed"));
  }

  private void requireNoLeftovers() throws IOException {
    try (Stream<Path> paths = Files.list(outputs)) {
      assertThat(paths.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith("."));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.25})
  void aTaskThatFailsInTheMiddleOfAShardIsRepeated(double rate) throws Exception {
    JavaSparkContext spark = TestSpark.retrying();
    Path marker = outputs.resolve("fail");
    try (CapturedLog log = CapturedLog.of("io.sparkmm", spark)) {
      run(spark, outputs.resolve("out"), marker, rate);
      // The repeated attempt has kept the shard that the first one finished.
      assertThat(log.matches("Finished (train/part-0000\\d.parquet) of " + pool(rate)))
          .hasSize(6)
          .doesNotHaveDuplicates();
    }
    assertThat(marker).exists();
    assertThat(TestShards.tree(outputs.resolve("out"))).isEqualTo(undisturbed(spark, rate));
    requireNoLeftovers();
  }

  private static String pool(double rate) {
    return rate > 0 ? "encoded" : "content";
  }

  @Test
  void aJobThatFailsForGoodIsContinuedByTheNext() throws Exception {
    // One failure ends the job here.
    JavaSparkContext spark = TestSpark.local(1);
    Path marker = outputs.resolve("fail");
    Path target = outputs.resolve("out");
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> run(spark, target, marker, 0))
        .hasMessageContaining("trouble with");
    assertThat(target).doesNotExist();
    try (CapturedLog log = CapturedLog.of("io.sparkmm", spark)) {
      assertThat(run(spark, target, marker, 0).outcome()).isEqualTo(PrepareResult.Outcome.MADE);
      // A task that had begun when the job failed may have finished a shard, too.
      assertThat(log.matches("Kept (\\d) finished shards of 6 .*"))
          .hasSize(1)
          .allMatch(kept -> Integer.parseInt(kept) >= 3);
    }
    assertThat(TestShards.tree(target)).isEqualTo(undisturbed(spark, 0));
    requireNoLeftovers();
  }

  @Test
  void anExecutorThatIsKilledIsReplaced() throws Exception {
    JavaSparkContext spark = TestSpark.cluster(folder);
    Path marker = outputs.resolve("executor");
    CompletableFuture<PrepareResult> running =
        CompletableFuture.supplyAsync(() -> run(spark, outputs.resolve("out"), marker, 0));
    long pid = pid(marker, running);
    assertThat(pid).isNotEqualTo(ProcessHandle.current().pid());
    assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
    assertThat(running.get(LIMIT_SECONDS, TimeUnit.SECONDS).outcome())
        .isEqualTo(PrepareResult.Outcome.MADE);
    assertThat(TestShards.tree(outputs.resolve("out"))).isEqualTo(undisturbed(spark, 0));
    requireNoLeftovers();
  }

  @Test
  void aTaskThatStandsStillIsOvertakenByASecondAttempt() throws Exception {
    // Second attempts are started on other hosts only, so there have to be two.
    List<ChildJvm> cluster = new ArrayList<>();
    try {
      JavaSparkContext spark = TestSpark.twoHosts(folder, cluster);
      Path marker = outputs.resolve("speculation");
      CompletableFuture<PrepareResult> running =
          CompletableFuture.supplyAsync(() -> run(spark, outputs.resolve("out"), marker, 0));
      assertThat(running.get(LIMIT_SECONDS, TimeUnit.SECONDS).outcome())
          .isEqualTo(PrepareResult.Outcome.MADE);
      assertThat(marker).exists();
      assertThat(TestShards.tree(outputs.resolve("out"))).isEqualTo(undisturbed(spark, 0));
      requireNoLeftovers();
    } finally {
      TestSpark.stop();
      cluster.forEach(ChildJvm::close);
    }
  }

  private static long pid(Path marker, CompletableFuture<?> running) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!Files.exists(marker) || Files.readString(marker).isEmpty()) {
      assertThat(running).isNotDone();
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.sleep(20);
    }
    return Long.parseLong(Files.readString(marker));
  }
}
