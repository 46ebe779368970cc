package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.train.dpo.DpoSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on prepared pairs of answers from launch arguments on, on two workers. */
@Tag("slow")
class DpoJobTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SCRIPT = "posttrain_qwen2vl_dpo.py";
  private static final String PAIRS = "pairs.json";

  @TempDir private static Path folder;
  private static JavaSparkContext spark;
  private static ShapesRun run;
  private static String prepared;
  private static String base;

  @BeforeAll
  static void prepare() throws IOException {
    spark = TestSpark.start("local[2]");
    run = ShapesRun.prepare(spark, folder);
    writePairs();
    run.edited(
        "data.json",
        PAIRS,
        content -> {
          ((ObjectNode) content.at("/dataset_param/basic_parameters"))
              .put("dataset", folder.resolve("records.json").toString())
              .put("val_rate", 0.2);
          ((ObjectNode) content.at("/dataset_param/attr"))
              .put("ranking", true)
              .put("chosen", "chosen")
              .put("rejected", "rejected");
          ((ObjectNode) content.at("/dataloader_param/collate_param"))
              .put("model_name", "qwen2vl_dpo");
        });
    run.edited(
        "model.json",
        "defaults.json",
        content -> {
          ObjectNode pictures = (ObjectNode) content.get("image_encoder");
          ((ObjectNode) pictures.get("vision_encoder")).remove("freeze");
          ((ObjectNode) pictures.get("vision_projector")).remove("freeze");
        });
    prepared = run.prepareAs(spark, run.file(PAIRS), "prepared-pairs");
    TrainJobResult start =
        TrainJob.run(
            spark,
            run.settings(
                "--save",
                folder.resolve("base").toString(),
                "--save-interval",
                "1",
                "--train-iters",
                "1"),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
    base = start.exportFolder().orElseThrow().toString();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void prefersTheChosenAnswersMoreAndMore() throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    TrainJobResult result =
        train(
            "first",
            printed,
            "--load",
            base,
            "--train-iters",
            "8",
            "--eval-interval",
            "4",
            "--eval-iters",
            "1",
            "--dpo-loss-type",
            "sigmoid");

    List<JsonNode> lines = metrics(result);
    JsonNode first = lines.get(0);
    assertThat(first.get("lm_loss").doubleValue()).isCloseTo(Math.log(2), within(1e-6));
    assertThat(first.get("rewards/accuracies").doubleValue()).isZero();
    JsonNode last = lines.get(7);
    assertThat(last.get("lm_loss").doubleValue()).isLessThan(0.5);
    assertThat(last.get("rewards/accuracies").doubleValue()).isEqualTo(1);
    assertThat(last.get("consumed_samples").asInt()).isEqualTo(64);
    List<String> out = printed.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(out)
        .anyMatch(
            line ->
                line.matches(
                    ".*\\| global batch size: +8 \\| tokens per sample: \\S+ \\|"
                        + " rewards/accuracies: \\S+ \\| lm loss: \\S+ \\| loss scale: .*"))
        .anyMatch(line -> line.startsWith(" validation loss at iteration 4 | lm loss value: "));
    // The tower and what joins it to the decoder are frozen unless the file says otherwise.
    assertThat(plan("--load", base).program().model().outline().namedParameters().values())
        .allMatch(parameter -> parameter.trainable() != parameter.name().startsWith("visual."));
  }

  @Test
  void accumulationOverPairsAndShardsChangesNothing() throws IOException {
    List<Double> whole = losses(train("whole", "--load", base));
    List<Double> small = losses(train("small", "--load", base, "--micro-batch-size", "1"));
    List<Double> alone = losses(train("alone", "--load", base, "--nproc_per_node", "1"));
    List<Double> meta = losses(train("meta", "--load", base, "--init-model-with-meta-device"));
    Path yaml = Files.writeString(folder.resolve("replicas.yaml"), "sharding_size: 1\n");
    List<Double> replicated =
        losses(train("replicas", "--load", base, "--fsdp2-config-path", yaml.toString()));

    for (int i = 0; i < whole.size(); i++) {
      assertThat(small.get(i)).isCloseTo(whole.get(i), within(1e-5));
      assertThat(alone.get(i)).isCloseTo(whole.get(i), within(1e-5));
      assertThat(replicated.get(i)).isCloseTo(whole.get(i), within(1e-5));
    }
    assertThat(meta).isEqualTo(whole);
  }

  @Test
  void optionsReachTheLoss() throws IOException {
    DpoPlan plan =
        plan(
                "--load",
                base,
                "--dpo-beta",
                "0.3",
                "--dpo-label-smoothing",
                "0.2",
                "--pref-ftx",
                "0.5",
                "--weight-decay",
                "0.1")
            .program()
            .dpo()
            .get(0);
    assertThat(plan.loss()).isEqualTo(new DpoSettings(0.3, 0.2, 0.5));
    assertThat(plan.reference()).hasSize(1);

    List<Double> ftx = losses(train("ftx", "--load", base, "--pref-ftx", "0.5"));
    assertThat(ftx.get(0)).isGreaterThan(Math.log(2) + 0.5);
  }

  @Test
  void goesOnWithItsReferenceNamed() throws IOException {
    TrainJobResult whole = train("kept", "--load", base, "--save-interval", "2");
    String kept = folder.resolve("kept").toString();
    List<Double> expected = losses(whole);

    List<Double> rest =
        losses(train("rest", "--load", kept, "--ckpt-step", "2", "--ref-model", base));
    assertThat(rest).isEqualTo(expected.subList(2, 4));

    // What another run has saved may be a reference, too.
    List<Double> checkpoint =
        losses(
            train(
                "by-checkpoint", "--load", base, "--ref-model", folder.resolve("base").toString()));
    assertThat(checkpoint).isEqualTo(expected);
  }

  @Test
  void adaptersAreComparedWithTheModelUnderThem() throws IOException {
    String[] adapters = {
      "--lora-target-modules", "linear_qkv", "linear_proj", "--lora-r", "4", "--lora-dropout", "0.1"
    };
    List<String> arguments = new ArrayList<>(List.of(adapters));
    arguments.addAll(List.of("--load", base, "--lr", "1e-2"));
    TrainJobResult result = train("adapters", arguments.toArray(String[]::new));
    List<Double> losses = losses(result);

    assertThat(losses.get(0)).isCloseTo(Math.log(2), within(1e-6));
    assertThat(losses.get(3)).isLessThan(losses.get(0));
    assertThat(result.exportFolder().orElseThrow().resolve("adapter_config.json")).exists();
    TrainPlan plan = plan(arguments.toArray(String[]::new));
    assertThat(plan.program().dpo().get(0).reference()).isEmpty();
    assertThat(plan.program().model().lora().dropout()).isZero();
    // A copy of the same weights is another way to the same reference.
    Path copy = folder.resolve("copy");
    Files.createDirectories(copy);
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(Path.of(base, file), copy.resolve(file));
    }
    arguments.addAll(List.of("--ref-model", copy.toString()));
    assertThat(plan(arguments.toArray(String[]::new)).program().dpo().get(0).reference())
        .hasSize(1);
    assertThat(losses(train("with-copy", arguments.toArray(String[]::new)))).isEqualTo(losses);
  }

  @Test
  void t15AnswerWithoutLabelStopsAllWorkersWithItsSample() {
    WorkerFailedException error =
        catchThrowableOfType(
            WorkerFailedException.class,
            () -> train("unlabelled", "--load", base, "--program", Unlabelled.class.getName()));

    assertThat(error)
        .hasMessageContaining("has a sample without supervised label in iteration 1, micro-batch 1")
        .hasMessageContaining("; its samples are [");
  }

  /** Forgets the labels of the first rejected answer. */
  public static final class Unlabelled extends VlmDpoProgram {
    public Unlabelled(TrainPlan.Program plan) {
      super(plan);
    }

    @Override
    public io.sparkmm.train.input.Batch getBatch(
        io.sparkmm.train.input.BatchIterator iterator, io.sparkmm.train.loop.TrainContext context) {
      var batch = super.getBatch(iterator, context);
      var host = batch.host();
      int from = host.rows() / 2 * host.columns();
      java.util.Arrays.fill(host.labels(), from, from + host.columns(), -100);
      return batch;
    }
  }

  @Test
  void t15SamplesOfOtherKindsAreRefused() {
    assertThat(problems("--load", base, "--prepared", run.prepared()))
        .contains("it holds sft samples, preference samples are needed");
  }

  @Test
  void t16PreferencesNeedAReference() {
    assertThat(problems())
        .contains("--ref-model: is required")
        .contains("or give --load, whose weights are the reference then");
    assertThat(problems("--lora-target-modules", "q_proj")).contains("--ref-model: is required");
  }

  @Test
  void t17TheStateOfAReferenceIsNotResumed() {
    train("interrupted", "--load", base, "--save-interval", "2", "--train-iters", "2");

    assertThat(
            problems(
                "--load",
                folder.resolve("interrupted").toString(),
                "--override-opt-param-scheduler"))
        .contains(
            "is iteration 2 of a run, of whose reference no state is kept: resuming that is not"
                + " supported; name the weights of the reference in --ref-model");
  }

  @Test
  void whatPreferencesCannotFollowIsRefused() {
    String chunks =
        run.edited(
                "defaults.json",
                "chunks.json",
                content -> content.putObject("loss_cfg").put("compute_mode", "chunk"))
            .toString();
    assertThat(problems("--load", base, "--mm-model", chunks))
        .contains("loss_cfg.compute_mode = chunk: must be default for preference training");
    assertThat(problems("--load", base, "--calculate-per-token-loss"))
        .contains("must be default for preference training");
    assertThat(problems("--load", base, "--lr-scale-modules", "lm_head"))
        .contains("--lr-scale-modules = lm_head: cannot be followed for preference training");
    assertThat(problems("--load", base, "--weight-decay-exclude-modules", "norm"))
        .contains("in which matrices decay and nothing else; remove it");
    List<ConfigProblem> fineTuning =
        catchThrowableOfType(
                ConfigException.class,
                () ->
                    TrainPlanner.plan(
                        run.settings("--load", base, "--ref-model", base), 2, new Configuration()))
            .problems();
    assertThat(fineTuning)
        .singleElement()
        .extracting(ConfigProblem::message)
        .isEqualTo("has a meaning with posttrain_qwen2vl_dpo.py only");
  }

  /** Every answer that was given is the chosen one; a shorter sentence is the rejected one. */
  private static void writePairs() throws IOException {
    ArrayNode records = (ArrayNode) JSON.readTree(run.file("mllm.json").toFile());
    for (JsonNode each : records) {
      ObjectNode record = (ObjectNode) each;
      ArrayNode messages = (ArrayNode) record.get("messages");
      String answer = messages.get(1).get("content").asText();
      while (messages.size() > 1) {
        messages.remove(1);
      }
      record.putObject("chosen").put("role", "assistant").put("content", answer);
      record.putObject("rejected").put("role", "assistant").put("content", "no idea at all");
    }
    JSON.writeValue(folder.resolve("records.json").toFile(), records);
  }

  private static String problems(String... extra) {
    List<ConfigProblem> problems =
        catchThrowableOfType(ConfigException.class, () -> plan(extra)).problems();
    assertThat(problems).hasSize(1);
    return problems.get(0).toString();
  }

  private static TrainPlan plan(String... extra) {
    return TrainPlanner.plan(run.settings(arguments(extra)), 2, new Configuration());
  }

  private static String[] arguments(String... extra) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                SCRIPT,
                "--mm-data",
                run.file(PAIRS).toString(),
                "--mm-model",
                run.file("defaults.json").toString(),
                "--prepared",
                prepared,
                "--train-iters",
                "4",
                "--eval-iters",
                "0"));
    arguments.addAll(List.of(extra));
    return arguments.toArray(String[]::new);
  }

  private static TrainJobResult train(String name, String... extra) {
    return train(name, new ByteArrayOutputStream(), extra);
  }

  private static TrainJobResult train(String name, ByteArrayOutputStream out, String... extra) {
    List<String> arguments =
        new ArrayList<>(
            List.of("--save", folder.resolve(name).toString(), "--save-interval", "100"));
    arguments.addAll(List.of(extra));
    return TrainJob.run(
        spark,
        run.settings(arguments(arguments.toArray(String[]::new))),
        new PrintStream(out, true, StandardCharsets.UTF_8));
  }

  private static List<JsonNode> metrics(TrainJobResult result) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(result.metricsFile().orElseThrow())) {
      JsonNode values = JSON.readTree(line);
      if (values.has("grad_norm")) {
        lines.add(values);
      }
    }
    return lines;
  }

  private static List<Double> losses(TrainJobResult result) throws IOException {
    return metrics(result).stream().map(line -> line.get("lm_loss").doubleValue()).toList();
  }
}
