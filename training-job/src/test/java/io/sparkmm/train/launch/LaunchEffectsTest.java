package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.EnvironmentSettings;
import io.sparkmm.conf.LossType;
import io.sparkmm.conf.OptimizerType;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.train.loop.TrainerSettings;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrDecayStyle;
import io.sparkmm.train.optim.SgdSettings;
import io.sparkmm.train.optim.WsdDecay;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every launch argument has a row in {@code launch-effects.txt}: the test that shows its effect, or
 * why it has none. Those that only have to reach the workers are shown here.
 */
class LaunchEffectsTest {
  private static final Path KEYS =
      Path.of("../conf/src/test/resources/io/sparkmm/conf/keys/launch.txt");
  private static final List<Path> TESTS =
      List.of(Path.of("src/test/java"), Path.of("../conf/src/test/java"));

  private record Row(String option, String kind, String text) {}

  @Test
  void everyOptionHasOneRow() throws IOException {
    assertThat(rows().stream().map(Row::option))
        .containsExactlyElementsOf(Files.readAllLines(KEYS));
  }

  @Test
  void everyRowNamesATestThatMentionsItsOptionOrAReason() throws IOException {
    for (Row row : rows()) {
      if (row.kind().equals("none")) {
        assertThat(row.text()).as(row.option()).hasSizeGreaterThan(10);
      } else {
        assertThat(row.kind()).as(row.option()).isEqualTo("test");
        String source = Files.readString(source(row.text()));
        String name = row.option().substring(2).replace('-', '_');
        assertThat(source.contains(row.option()) || source.contains(name))
            .as(row.option() + " in " + row.text())
            .isTrue();
      }
    }
  }

  @Test
  void adamAndItsGroupsReachTheWorkers() {
    LoopPlan.Optimizer optimizer =
        plan(
                "--adam-beta1",
                "0.8",
                "--adam-beta2",
                "0.95",
                "--adam-eps",
                "1e-6",
                "--weight-decay",
                "0.2",
                "--clip-grad",
                "0.5",
                "--weight-decay-exclude-modules",
                "norm",
                "bias",
                "--lr-scale-modules",
                "visual",
                "--lr-mult",
                "0.1",
                "--enable-dummy-optimizer")
            .optimizer();

    assertThat(optimizer)
        .isEqualTo(
            new LoopPlan.Optimizer(
                OptimizerType.ADAM,
                0.8,
                0.95,
                1e-6,
                0.2,
                List.of("norm", "bias"),
                List.of("visual"),
                0.1,
                0.5,
                true,
                false));
    assertThat(optimizer.settings()).isEqualTo(new AdamWSettings(0.8, 0.95, 1e-6, 0.2));
  }

  @Test
  void sgdHasItsMomentum() {
    assertThat(plan("--optimizer", "sgd", "--weight-decay", "0.3").optimizer().settings())
        .isEqualTo(new SgdSettings(0.9, 0.3));
  }

  @Test
  void muonIsRefused() {
    assertThatThrownBy(() -> plan("--optimizer", "muon"))
        .hasMessageContaining("--optimizer = muon: is not supported; must be adam or sgd");
  }

  @Test
  void scheduleReachesTheWorkers() {
    LoopPlan.Rate rate =
        plan(
                "--train-iters", "50",
                "--lr", "2e-4",
                "--min-lr", "1e-5",
                "--lr-decay-style", "WSD",
                "--lr-decay-iters", "40",
                "--lr-warmup-iters", "5",
                "--lr-warmup-init", "1e-6",
                "--lr-wsd-decay-iters", "10",
                "--lr-wsd-decay-style", "cosine")
            .rate();

    assertThat(rate)
        .isEqualTo(
            new LoopPlan.Rate(
                LrDecayStyle.WSD, 2e-4, 1e-5, 1e-6, 0, 5, 40, WsdDecay.Style.COSINE, 10));
    assertThat(plan("--lr-warmup-fraction", "0.25").rate().warmupFraction()).isEqualTo(0.25);
  }

  @Test
  void lengthBatchesAndSeedReachTheWorkers() {
    LoopPlan plan =
        plan(
            "--train-iters", "7",
            "--micro-batch-size", "3",
            "--global-batch-size", "12",
            "--seed", "99");

    assertThat(plan.iterations()).isEqualTo(7);
    assertThat(plan.globalBatch()).isEqualTo(12);
    assertThat(plan.seed()).isEqualTo(99);
    // Two workers.
    assertThat(plan.settings(false).microBatches(3, 2)).isEqualTo(2);
    assertThat(plan("--micro-batch-size", "3").globalBatch()).isEqualTo(6);
  }

  @Test
  void validationReachesTheWorkers() {
    TrainerSettings.Options options =
        plan("--eval-interval", "4", "--eval-iters", "6").settings(true).options();

    assertThat(options.evaluation()).isEqualTo(new TrainerSettings.EvaluationSettings(4, 6));
    assertThat(options.perTokenLoss()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--use-deter-comp", "--npu-deterministic"})
  void determinismReachesWorkersAndExecutors(String option) {
    TrainSettings settings = TrainSettings.of(configuration(option, "--seed", "5"), "prepared");

    assertThat(TrainPlanner.loop(settings.configuration(), 2).deterministic()).isTrue();
    assertThat(settings.executorEnvironment())
        .isEqualTo(
            Map.of(
                "HCCL_DETERMINISTIC", "True",
                "CLOSE_MATMUL_K_SHIFT", "1",
                "PYTHONHASHSEED", "5"));
    assertThat(TrainSettings.of(configuration(), "prepared").executorEnvironment()).isEmpty();
    assertThat(plan().deterministic()).isFalse();
  }

  @Test
  void choiceOfTransportReachesExecutors() {
    TrainingConfiguration plain = configuration();
    EnvironmentSettings chosen =
        EnvironmentSettings.validate(Map.of("SPARKMM_GLOO_TRANSPORT", "sockets"));

    TrainingConfiguration told =
        new TrainingConfiguration(
            plain.model(),
            plain.data(),
            plain.tools(),
            plain.fsdp2(),
            plain.launch(),
            chosen,
            plain.warnings());

    assertThat(TrainSettings.of(told, "prepared").executorEnvironment())
        .isEqualTo(Map.of("SPARKMM_GLOO_TRANSPORT", "sockets"));
  }

  @Test
  void lossArgumentsMeanWhatTheModelFileMeans() {
    assertThat(configuration().lossType()).isEqualTo(LossType.DEFAULT);
    assertThat(configuration("--calculate-per-sample-loss").lossType())
        .isEqualTo(LossType.PER_SAMPLE);
    assertThat(configuration("--calculate-per-token-loss").lossType())
        .isEqualTo(LossType.PER_TOKEN);
  }

  @Test
  void throughputIsWarnedOf() {
    assertThat(configuration("--log-throughput").warnings())
        .extracting(ConfigProblem::key)
        .contains("--log-throughput");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--dynamic-batch-buffer-size",
        "--encoder-dp-balance",
        "--hetero-parallel",
        "--max-seq-len",
        "--num-experts",
        "--use-data-balance",
        "--lora-target-parameters"
      })
  void optionsBeyondTheReleaseAreRefused(String option) {
    assertThatThrownBy(() -> configuration(option, "1"))
        .hasMessageContaining(option)
        .hasMessageContaining("is not supported");
  }

  private static LoopPlan plan(String... arguments) {
    return TrainPlanner.loop(configuration(arguments), 2);
  }

  /** A configuration of the quickstart's files with more arguments. */
  static TrainingConfiguration configuration(String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--prepared",
                "prepared",
                "--nproc_per_node",
                "2",
                "--mm-model",
                "../conf/examples/quickstart/model.json",
                "--mm-data",
                "../conf/examples/quickstart/data.json",
                "--use-torch-fsdp2",
                "--ckpt-format",
                "torch_dcp",
                "--untie-embeddings-and-output-weights",
                "--no-gradient-accumulation-fusion",
                "--micro-batch-size",
                "2",
                "--seq-length",
                "64",
                "--train-iters",
                "100",
                "--lr",
                "1e-3"));
    all.addAll(Arrays.asList(arguments));
    return TrainSettings.parse(all, Map.of()).configuration();
  }

  private static List<Row> rows() throws IOException {
    try (InputStream in = LaunchEffectsTest.class.getResourceAsStream("launch-effects.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", 3))
          .map(parts -> new Row(parts[0], parts[1], parts[2]))
          .toList();
    }
  }

  private static Path source(String test) {
    for (Path folder : TESTS) {
      try (Stream<Path> files = Files.walk(folder)) {
        Optional<Path> found =
            files.filter(file -> file.getFileName().toString().equals(test + ".java")).findFirst();
        if (found.isPresent()) {
          return found.get();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new AssertionError("there is no test " + test);
  }
}
