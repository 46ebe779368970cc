package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.DType;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.weights.HfWeights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way from raw data to an exported model, on two workers in one process. */
@Tag("slow")
class TrainJobTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static JavaSparkContext spark;
  private static ShapesRun run;

  @BeforeAll
  static void prepare() {
    spark = TestSpark.start("local[2]");
    run = ShapesRun.prepare(spark, folder);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void trainsAndExportsAModelThatLoads() throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    TrainJobResult result = train("first", printed);

    assertThat(result.workers()).isEqualTo(2);
    assertThat(result.iterations()).isEqualTo(5);
    assertThat(result.consumedSamples()).isEqualTo(40);
    // Whether one rank is remarked upon as the slowest depends on the machine.
    List<String> lines =
        printed
            .toString(StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.startsWith(" waiting for "))
            .toList();
    assertThat(lines).hasSize(7);
    assertThat(lines.subList(0, 2))
        .allMatch(
            line -> line.matches("rank [01] of 2 runs on \\S+, executor driver, with 1 cores"));
    assertThat(lines.get(2))
        .contains(" iteration        2/       5 | consumed samples:           16 |");
    assertThat(lines.get(3)).contains(" tokens per sample: ").contains(" loss: ");
    assertThat(lines.get(6)).startsWith("Consumed Tokens per Second: ");
    Path export = result.exportFolder().orElseThrow();
    assertThat(names(export))
        .containsExactly(
            "config.json",
            "generation_config.json",
            "model.safetensors",
            "preprocessor_config.json",
            "tokenizer.json",
            "tokenizer_config.json");
    TrainableModel model =
        ModelSpecs.builtIn()
            .byId("qwen2vl")
            .declare()
            .apply(JSON.readTree(export.resolve("config.json").toFile()));
    HfWeights.load(export, model, ScalarType.Float);
    assertThat(names(folder.resolve("first")))
        .containsExactly(
            "hf",
            "iter_0000005",
            "latest_checkpointed_iteration.txt",
            "metrics.jsonl",
            "report.html",
            "workers.jsonl");
  }

  @Test
  void twoRunsGiveTheSameMetricsAndWeights() throws IOException {
    TrainJobResult one = train("one", new ByteArrayOutputStream());
    TrainJobResult two = train("two", new ByteArrayOutputStream());

    assertThat(metrics(one)).hasSize(5).isEqualTo(metrics(two));
    assertThat(one.exportFolder().orElseThrow().resolve("model.safetensors"))
        .hasSameBinaryContentAs(two.exportFolder().orElseThrow().resolve("model.safetensors"));
  }

  @Test
  void aRunThatGoesOnFromACheckpointEndsWithTheSameModel() throws IOException {
    TrainJobResult whole = train("kept", new ByteArrayOutputStream(), "--save-interval", "2");
    String kept = folder.resolve("kept").toString();
    Path weights = whole.exportFolder().orElseThrow().resolve("model.safetensors");
    byte[] expected = Files.readAllBytes(weights);
    List<ObjectNode> lines = metrics(whole);

    TrainJobResult beside =
        train("gone-on", new ByteArrayOutputStream(), "--load", kept, "--ckpt-step", "2");
    assertThat(beside.exportFolder().orElseThrow().resolve("model.safetensors"))
        .hasBinaryContent(expected);
    assertThat(metrics(beside)).isEqualTo(lines.subList(2, 5));

    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    TrainJobResult within =
        train("kept", printed, "--load", kept, "--ckpt-step", "4", "--async-save");
    assertThat(printed.toString(StandardCharsets.UTF_8)).doesNotContain("iteration        4/");
    assertThat(within.consumedSamples()).isEqualTo(40);
    assertThat(weights).hasBinaryContent(expected);
    assertThat(metrics(within)).isEqualTo(lines);
    assertThat(folder.resolve("kept").resolve("latest_checkpointed_iteration.txt")).hasContent("5");

    TrainJobResult nothingLeft = train("nothing-left", new ByteArrayOutputStream(), "--load", kept);
    assertThat(nothingLeft.iterations()).isEqualTo(5);
    assertThat(nothingLeft.metricsFile()).isEmpty();
    assertThat(nothingLeft.exportFolder().orElseThrow().resolve("model.safetensors"))
        .hasBinaryContent(expected);

    // Another number of workers sees the same batches and goes on from the same state.
    TrainJobResult alone =
        train(
            "alone",
            new ByteArrayOutputStream(),
            "--load",
            kept,
            "--ckpt-step",
            "2",
            "--nproc_per_node",
            "1",
            "--no-load-rng");
    List<ObjectNode> others = metrics(alone);
    assertThat(others).hasSize(3);
    for (int i = 0; i < 3; i++) {
      double loss = lines.get(2 + i).get("loss").doubleValue();
      assertThat(others.get(i).get("loss").doubleValue()).isCloseTo(loss, within(0.2 * loss));
      assertThat(others.get(i).get("consumed_samples"))
          .isEqualTo(lines.get(2 + i).get("consumed_samples"));
    }
  }

  @Test
  void memoryCanBeSavedWithoutChangingARun() throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("saving.yaml"),
            """
            sharding_size: auto
            sub_modules_to_wrap: ["visual.blocks.{*}", "model.layers.{*}", "lm_head"]
            recompute_modules: ["visual.blocks.{*}", "visual.merger", "model.layers.{*}"]
            use_reentrant: false
            """);
    String chunks =
        run.edited(
                "model.json",
                "chunks.json",
                content ->
                    content.putObject("loss_cfg").put("compute_mode", "chunk").put("chunk_size", 2))
            .toString();
    String[] saving = {"--fsdp2-config-path", yaml.toString(), "--init-model-with-meta-device"};
    List<ObjectNode> plain = metrics(train("spending", new ByteArrayOutputStream()));
    List<ObjectNode> saved = metrics(train("saving", new ByteArrayOutputStream(), saving));
    List<ObjectNode> chunked =
        metrics(
            train(
                "chunked",
                new ByteArrayOutputStream(),
                saving[0],
                saving[1],
                saving[2],
                "--mm-model",
                chunks));

    for (int i = 0; i < plain.size(); i++) {
      double expected = plain.get(i).get("loss").doubleValue();
      assertThat(saved.get(i).get("loss").doubleValue()).isCloseTo(expected, within(1e-6));
      assertThat(chunked.get(i).get("loss").doubleValue()).isCloseTo(expected, within(1e-5));
    }
  }

  @Test
  void oneWorkerTrainsOnTheSameBatchesAsTwo() throws IOException {
    // The mean over samples does not depend on how a global batch is cut into micro-batches.
    String model =
        run.edited(
                "model.json",
                "per_sample.json",
                content -> content.putObject("loss_cfg").put("loss_type", "per_sample_loss"))
            .toString();
    List<ObjectNode> two = metrics(trainInFloat64("by-two", "--mm-model", model));
    List<ObjectNode> one =
        metrics(trainInFloat64("by-one", "--mm-model", model, "--nproc_per_node", "1"));

    assertThat(one).hasSize(5);
    for (int i = 0; i < 5; i++) {
      for (String key : List.of("loss", "grad_norm")) {
        double expected = one.get(i).get(key).doubleValue();
        assertThat(two.get(i).get(key).doubleValue())
            .as(key + " of iteration " + (i + 1))
            .isCloseTo(expected, within(1e-9 * expected));
      }
    }
  }

  @Test
  void trainsOnPackedRows() throws IOException {
    Path data =
        run.edited(
            "data.json",
            "packed_data.json",
            content -> {
              ((ObjectNode) content.at("/dataset_param/attr")).put("packing", true);
              ((ObjectNode) content.at("/dataset_param/basic_parameters"))
                  .put("neat_packing", true)
                  .put("preprocessing_batch_size", 20);
            });
    String prepared = run.prepareAs(spark, data, "packed");

    List<ObjectNode> steps =
        metrics(
            train(
                "on-packed",
                new ByteArrayOutputStream(),
                "--mm-data",
                data.toString(),
                "--prepared",
                prepared,
                "--micro-batch-size",
                "1",
                "--global-batch-size",
                "2"));

    assertThat(steps).hasSize(5);
    assertThat(steps.get(4).get("loss").doubleValue())
        .isLessThan(steps.get(0).get("loss").doubleValue());
  }

  @Test
  void validatesWithoutTouchingTheTraining() throws IOException {
    Path data =
        run.edited(
            "data.json",
            "validating_data.json",
            content ->
                ((ObjectNode) content.at("/dataset_param/basic_parameters")).put("val_rate", 0.25));
    String prepared = run.prepareAs(spark, data, "with-validation");
    String[] common = {
      "--mm-data", data.toString(), "--prepared", prepared, "--eval-interval", "2"
    };
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    List<ObjectNode> with =
        metrics(train("validated", printed, append(common, "--eval-iters", "2")));
    List<ObjectNode> without =
        metrics(
            train(
                "not-validated", new ByteArrayOutputStream(), append(common, "--eval-iters", "0")));

    with.removeIf(line -> !line.has("grad_norm"));
    assertThat(with).hasSize(5).isEqualTo(without);
    List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
    List<String> validations =
        lines.stream().filter(line -> line.startsWith(" validation loss")).toList();
    assertThat(validations).hasSize(3);
    String values =
        "loss value: \\d\\.\\d{6}E[+-]\\d\\d \\| loss PPL: \\d\\.\\d{6}E[+-]\\d\\d \\| ";
    assertThat(validations.get(0)).matches(" validation loss at iteration 2 \\| " + values);
    assertThat(validations.get(2))
        .matches(" validation loss at iteration 5 on validation set \\| " + values);
    int first = lines.indexOf(validations.get(0));
    String dashes = "-".repeat(validations.get(0).length() + 1);
    assertThat(lines.get(first - 1)).isEqualTo(dashes);
    assertThat(lines.get(first + 1)).isEqualTo(dashes);
    assertThat(lines.get(first - 2)).contains(" iteration        2/       5 |");
  }

  @Test
  void tracesAndMemoryAreRecordedAsTheToolsFileAsks() throws IOException {
    Path tools = folder.resolve("tools.json");
    Files.writeString(
        tools,
        """
        {"profile": {"enable": true, "ranks": [1],
           "static_param": {"start_step": 1, "end_step": 3, "save_path": "%s"}},
         "memory_profile": {"enable": true, "end_step": 2, "save_path": "%s", "mem_info": true}}
        """
            .formatted(folder.resolve("traces"), folder.resolve("memory")));
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    train("traced", printed, "--mm-tool", tools.toString());

    assertThat(names(folder.resolve("traces")))
        .containsExactly("sums_rank1_iterations2-3.tsv", "trace_rank1_iterations2-3.json");
    assertThat(names(folder.resolve("memory")))
        .singleElement()
        .asString()
        .matches("snapshot_.*_0\\.json");
    String text = printed.toString(StandardCharsets.UTF_8);
    assertThat(text).contains("rank 1 wrote ").contains("rank 0 wrote ");
    assertThat(text.lines().filter(line -> line.startsWith("step: "))).hasSize(2 * 6);
    JsonNode trace =
        JSON.readTree(folder.resolve("traces/trace_rank1_iterations2-3.json").toFile());
    assertThat(trace.get("traceEvents").findValuesAsText("name"))
        .contains("iteration 2", "forward", "model.layers.0", "visual.blocks.0")
        .doesNotContain("iteration 4", "model.layers.0.mlp");
  }

  private static String[] append(String[] first, String... more) {
    return Stream.concat(Arrays.stream(first), Arrays.stream(more)).toArray(String[]::new);
  }

  @Test
  void deterministicKernelsAreEnoughAndGiveTheSameNumbers() throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    List<ObjectNode> plain =
        metrics(train("without-deterministic-kernels", new ByteArrayOutputStream()));
    List<ObjectNode> strict = metrics(train("strict", printed, "--use-deter-comp"));

    assertThat(strict).hasSize(5).isEqualTo(plain);
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("only deterministic kernels are used; seed 3");
    assertThat(torch.globalContext().deterministicAlgorithms()).isFalse();
  }

  @Test
  void goesOnFromExportedWeights() throws IOException {
    List<ObjectNode> first = metrics(train("start", new ByteArrayOutputStream()));
    List<ObjectNode> next =
        metrics(
            train(
                "next",
                new ByteArrayOutputStream(),
                "--load",
                folder.resolve("start/hf").toString()));

    assertThat(next.get(0).get("loss").doubleValue())
        .isLessThan(first.get(0).get("loss").doubleValue());
  }

  @Test
  void aPictureThatVanishedIsNamedWithItsSampleAndRank() throws IOException {
    Path picture = folder.resolve("shapes/images/train/00000003.png");
    Path hidden = folder.resolve("hidden.png");
    Files.move(picture, hidden);
    try {
      WorkerFailedException error =
          catchThrowableOfType(
              WorkerFailedException.class, () -> train("vanished", new ByteArrayOutputStream()));

      assertThat(error)
          .hasMessageContaining("rank ")
          .hasMessageContaining("Cannot read picture ")
          .hasMessageContaining("00000003.png of sample ");
      assertThat(folder.resolve("vanished/hf")).doesNotExist();
    } finally {
      Files.move(hidden, picture);
    }
  }

  @Test
  void aBusyMasterPortGivesOneClearMessage() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      String port = Integer.toString(taken.getLocalPort());
      WorkerFailedException error =
          catchThrowableOfType(
              WorkerFailedException.class,
              () -> train("busy", new ByteArrayOutputStream(), "--master_port", port));

      assertThat(error)
          .hasMessageContaining("Cannot listen on port " + port)
          .hasMessageContaining("choose another --master_port");
      assertThat(names(folder.resolve("busy"))).isEmpty();
    }
  }

  @Test
  void runsAProgramOfTheUser() {
    WorkerFailedException error =
        catchThrowableOfType(
            WorkerFailedException.class,
            () ->
                train(
                    "own",
                    new ByteArrayOutputStream(),
                    "--program",
                    FailsInThirdIteration.class.getName(),
                    "--max-restarts",
                    "0"));

    assertThat(error.rank()).isEqualTo(1);
    assertThat(error.iteration()).isEqualTo(3);
    assertThat(error.workerCause()).isEqualTo("java.lang.IllegalStateException: out of patience");
  }

  /** A user's program: takes over one callback. */
  public static final class FailsInThirdIteration extends VlmSftProgram {
    private int batches;

    /** Made by the workers. */
    public FailsInThirdIteration(TrainPlan.Program plan) {
      super(plan);
    }

    @Override
    public Batch getBatch(BatchIterator iterator, TrainContext context) {
      if (context.rank() == 1 && ++batches == 5) {
        throw new IllegalStateException("out of patience");
      }
      return super.getBatch(iterator, context);
    }
  }

  private static TrainJobResult train(String name, ByteArrayOutputStream out, String... extra) {
    List<String> arguments = new ArrayList<>(saving(name));
    arguments.addAll(List.of(extra));
    return TrainJob.run(
        spark,
        run.settings(arguments.toArray(String[]::new)),
        new PrintStream(out, true, StandardCharsets.UTF_8));
  }

  private static TrainJobResult trainInFloat64(String name, String... extra) {
    List<String> arguments = new ArrayList<>(saving(name));
    arguments.addAll(List.of(extra));
    return TrainJob.run(
        spark,
        run.settings(arguments.toArray(String[]::new)).withWeightType(DType.FP64),
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
  }

  private static List<String> saving(String name) {
    return List.of("--save", folder.resolve(name).toString(), "--save-interval", "5");
  }

  private static List<ObjectNode> metrics(TrainJobResult result) throws IOException {
    List<ObjectNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(result.metricsFile().orElseThrow())) {
      ObjectNode values = (ObjectNode) JSON.readTree(line);
      List<String> times = new ArrayList<>();
      values
          .fieldNames()
          .forEachRemaining(
              key -> {
                if (key.endsWith("_ms") || key.endsWith("per_second")) {
                  times.add(key);
                }
              });
      values.remove(times);
      lines.add(values);
    }
    return lines;
  }

  private static List<String> names(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
