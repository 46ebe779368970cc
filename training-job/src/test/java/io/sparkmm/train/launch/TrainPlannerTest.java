package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.ConfigProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainPlannerTest {
  @TempDir private static Path folder;
  private static ShapesRun run;

  @BeforeAll
  static void prepare() {
    try (JavaSparkContext spark = TestSpark.start("local[2]")) {
      run = ShapesRun.prepare(spark, folder);
    }
  }

  @Test
  void acceptsTheQuickstartsKindOfRun() {
    TrainPlan plan =
        plan(run.settings("--save", folder.resolve("out").toString(), "--save-interval", "5"));

    assertThat(plan.program().model().modelId()).isEqualTo("qwen2vl");
    assertThat(plan.program().data().sampling().globalBatch()).isEqualTo(8);
    assertThat(plan.loop().settings(false).schedule().at(0)).isEqualTo(1e-3);
    assertThat(plan.export().folder()).endsWith("out/hf");
    assertThat(plan.export().extraFiles())
        .extracting(file -> Path.of(file).getFileName().toString())
        .containsExactly("preprocessor_config.json", "tokenizer.json", "tokenizer_config.json");
  }

  @Test
  void reportsEverythingThatThisReleaseCannotFollowAtOnce() throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("rich.yaml"),
            """
            reshard_after_forward: false
            """);

    assertThat(
            problems(
                "--fsdp2-config-path",
                yaml.toString(),
                "--save",
                "new",
                "--save-interval",
                "2",
                "--unaligned-linear",
                "--distributed-backend",
                "nccl"))
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder("--unaligned-linear", "--distributed-backend");
  }

  @Test
  void oneListHasWhatIsWrongInTheFilesBetweenThemAndWithTheModelAndTheData() throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("wrong.yaml"),
            "sharding_size: 3\nshardin_size: 2\nsub_modules_to_wrap: [\"model.layer.{*}\"]\n");

    ConfigException wrong =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                TrainSettings.checked(
                    run.arguments(
                        "--fsdp2-config-path",
                        yaml.toString(),
                        "--global-batch-size",
                        "9",
                        "--min-lr",
                        "1",
                        "--unaligned-linear"),
                    Map.of()));

    assertThat(wrong.problems())
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder(
            "shardin_size",
            "sharding_size",
            "sub_modules_to_wrap[0]",
            "--global-batch-size",
            "--min-lr",
            "--unaligned-linear");
  }

  @Test
  void carriesShardingSettingsToTheWorkers() throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("full.yaml"),
            """
            sub_modules_to_wrap: ["model.layers.{*}"]
            ignored_modules: ["visual.merger"]
            num_to_forward_prefetch: 1
            num_to_backward_prefetch: 2
            offload_to_cpu: true
            pin_memory: true
            """);

    ShardingPlan sharding =
        plan(run.settings("--fsdp2-config-path", yaml.toString(), "--distributed-backend", "gloo"))
            .sharding();

    assertThat(sharding.ignored()).containsExactly("visual.merger");
    assertThat(sharding.tuning()).isEqualTo(new ShardingPlan.Tuning(1, 2, true, true));
  }

  @Test
  void refusesAModuleThatIsShardedAndIgnored() throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("overlap.yaml"),
            """
            sub_modules_to_wrap: ["visual.blocks.{*}"]
            ignored_modules: ["visual.blocks.{0}"]
            """);

    assertThat(problems("--fsdp2-config-path", yaml.toString()))
        .singleElement()
        .extracting(ConfigProblem::toString)
        .asString()
        .contains("ignored_modules = visual.blocks.0")
        .contains("overlaps with visual.blocks.0 of sub_modules_to_wrap");
  }

  @Test
  void saysThatASettingIsNotSupported() {
    assertThat(problems("--unaligned-linear"))
        .singleElement()
        .hasToString(
            "launch arguments: --unaligned-linear: remove it (not supported in this release)");
  }

  @Test
  void namesAModulePatternThatMatchesNothing() throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("typo.yaml"), "sub_modules_to_wrap: [\"text_decoder.layers.{*}\"]\n");

    assertThat(problems("--fsdp2-config-path", yaml.toString()))
        .singleElement()
        .extracting(ConfigProblem::toString)
        .asString()
        .contains("sub_modules_to_wrap[0] = text_decoder.layers.{*}")
        .contains("there is no module text_decoder");
  }

  @Test
  void namesARecomputePatternThatMatchesNothing() throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("recompute-typo.yaml"), "recompute_modules: [\"model.layer.{*}\"]\n");

    assertThat(problems("--fsdp2-config-path", yaml.toString()))
        .singleElement()
        .extracting(ConfigProblem::toString)
        .asString()
        .contains("recompute_modules[0] = model.layer.{*}")
        .contains("there is no module model.layer");
  }

  @Test
  void recomputesTheModulesOfTheFsdp2Configuration() throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("recompute.yaml"),
            "recompute_modules: [\"model.layers.{*}\", \"visual.merger\"]\nuse_reentrant: false\n");

    assertThat(recompute("--fsdp2-config-path", yaml.toString()))
        .isEqualTo(new RecomputePlan(List.of("model.layers.{*}", "visual.merger"), false));
    assertThat(recompute()).isEqualTo(new RecomputePlan(List.of(), false));
  }

  @Test
  void fullRecomputationOfAPartCoversItsLayers() {
    Path uniform = recomputing("uniform.json", "text_decoder", "full", "uniform", 1);
    assertThat(recompute("--mm-model", uniform.toString()).modules())
        .containsExactly("model.layers.{*}");
    Path block = recomputing("block.json", "text_decoder", "full", "block", 2);
    assertThat(recompute("--mm-model", block.toString()).modules())
        .containsExactly("model.layers.{0-1}");
    assertThat(
            recompute("--recompute-granularity", "full", "--recompute-method", "uniform").modules())
        .containsExactly("visual.blocks.{*}", "model.layers.{*}");
  }

  @Test
  void refusesRecomputationThatIsAskedForInTwoWays() throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("both.yaml"), "recompute_modules: [\"model.layers.{*}\"]\n");
    Path model = recomputing("both.json", "text_decoder", "full", "uniform", 1);

    assertThatThrownBy(
            () ->
                run.settings(
                    "--fsdp2-config-path", yaml.toString(), "--mm-model", model.toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("recompute_modules = [model.layers.{*}]")
        .hasMessageContaining(
            "cannot be used together with recompute_granularity and the like in the model"
                + " configuration");
  }

  @Test
  void refusesRecomputationOfPartsOfLayersOrOfGroups() {
    Path selective = recomputing("selective.json", "text_decoder", "selective", "uniform", 1);
    assertThat(problems("--mm-model", selective.toString()))
        .singleElement()
        .extracting(ConfigProblem::toString)
        .asString()
        .contains("text_decoder.recompute_granularity = selective: must be full");
    Path groups = recomputing("groups.json", "text_decoder", "full", "uniform", 2);
    assertThat(problems("--mm-model", groups.toString()))
        .singleElement()
        .extracting(ConfigProblem::toString)
        .asString()
        .contains("text_decoder.recompute_num_layers = 2: must be 1");
  }

  @Test
  void carriesTheChoiceOfMakingWeightsShardByShard() {
    assertThat(plan(run.settings()).program().model().shardWise()).isFalse();
    assertThat(plan(run.settings("--init-model-with-meta-device")).program().model().shardWise())
        .isTrue();
  }

  private static RecomputePlan recompute(String... arguments) {
    return plan(run.settings(arguments)).program().model().recompute();
  }

  private static Path recomputing(
      String name, String part, String granularity, String method, int layers) {
    return run.edited(
        "model.json",
        name,
        content ->
            ((ObjectNode) content.get(part))
                .put("recompute_granularity", granularity)
                .put("recompute_method", method)
                .put("recompute_num_layers", layers));
  }

  @Test
  void refusesAnOutputFolderThatExists() throws IOException {
    Path taken = Files.createDirectories(folder.resolve("taken"));
    Files.createFile(taken.resolve("file"));

    assertThat(problems("--save", taken.toString(), "--save-interval", "5"))
        .singleElement()
        .hasToString(
            "launch arguments: --save = "
                + taken
                + ": exists and is not empty; choose another folder, remove it, or give it to --load,"
                + " too, to go on with its run");
  }

  @Test
  void asksForPreparationWhenThereIsNoDataSet() {
    List<String> arguments = run.arguments();
    arguments.set(1, folder.resolve("nothing").toString());

    assertThatThrownBy(() -> plan(TrainSettings.parse(arguments, Map.of())))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--prepared = " + folder.resolve("nothing"))
        .hasMessageContaining("there is no manifest.json")
        .hasMessageContaining("make it with `sparkmm prepare`");
  }

  @Test
  void reportsAMissingDataSetTogetherWithOtherProblems() {
    List<String> arguments = run.arguments("--lr", "-1");

    assertThatThrownBy(() -> TrainSettings.parse(arguments.subList(2, arguments.size()), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--prepared: is required")
        .hasMessageContaining("--lr = -1");
  }

  @Test
  void refusesADataSetThatIsSmallerThanABatch() {
    assertThat(problems("--global-batch-size", "64"))
        .singleElement()
        .extracting(ConfigProblem::message)
        .asString()
        .contains("64")
        .contains("40");
  }

  @Test
  void refusesValidationOfASplitThatIsTooSmall() {
    Path data = withValidation(0.1);

    assertThat(problems("--mm-data", data.toString(), "--eval-iters", "2"))
        .singleElement()
        .extracting(ConfigProblem::message)
        .isEqualTo(
            "has 0 validation samples and 40 training samples, while the data file asks for"
                + " validation, of which 2 workers with micro-batches of 2 take 4 at once; prepare"
                + " more, or set --eval-iters 0");
  }

  @Test
  void validationThatIsSwitchedOffNeedsNoSplit() {
    TrainPlan plan =
        plan(run.settings("--mm-data", withValidation(0.1).toString(), "--eval-iters", "0"));

    assertThat(plan.program().validates()).isFalse();
  }

  private static Path withValidation(double rate) {
    return run.edited(
        "data.json",
        "validating.json",
        content ->
            ((ObjectNode) content.at("/dataset_param/basic_parameters")).put("val_rate", rate));
  }

  @Test
  void refusesABatchThatDoesNotDivide() {
    assertThat(problems("--global-batch-size", "6"))
        .singleElement()
        .extracting(ConfigProblem::key)
        .isEqualTo("--global-batch-size");
  }

  @Test
  void refusesAnotherTokenizerThanTheDataWerePreparedWith() throws IOException {
    Path other = Files.createDirectories(folder.resolve("other-model"));
    Path model = folder.resolve("shapes").resolve("model");
    Files.copy(
        model.resolve("preprocessor_config.json"), other.resolve("preprocessor_config.json"));
    Files.copy(model.resolve("tokenizer_config.json"), other.resolve("tokenizer_config.json"));
    Files.writeString(
        other.resolve("tokenizer.json"), Files.readString(model.resolve("tokenizer.json")) + "\n");
    Path data =
        run.edited(
            "data.json",
            "other_data.json",
            content ->
                ((ObjectNode) content.at("/dataset_param/preprocess_parameters"))
                    .put("model_name_or_path", other.toString()));

    assertThat(problems("--mm-data", data.toString()))
        .singleElement()
        .extracting(ConfigProblem::message)
        .asString()
        .startsWith("was prepared with tokenizer ")
        .endsWith("; prepare the data again");
  }

  @Test
  void refusesToTrainOnPreferencePairs() throws IOException {
    Path pairs = Files.createDirectories(folder.resolve("pairs"));
    String manifest = Files.readString(Path.of(run.prepared(), "manifest.json"));
    Files.writeString(
        pairs.resolve("manifest.json"), manifest.replace("\"sft\"", "\"preference\""));

    assertThat(problems("--prepared", pairs.toString()))
        .singleElement()
        .extracting(ConfigProblem::message)
        .isEqualTo(
            "Cannot use data set "
                + pairs
                + ": it holds preference samples, packed or pretrain or sft samples are needed");
  }

  @Test
  void refusesAModelThatDoesNotFitTheTokenizer() {
    Path model =
        run.edited(
            "model.json",
            "other_ids.json",
            content -> {
              content.put("img_context_token_id", 7);
              ((ObjectNode) content.at("/text_decoder")).put("vocab_size", 300);
              content.put("video_token_id", 8).put("vision_start_token_id", 9);
            });

    assertThat(problems("--mm-model", model.toString()))
        .extracting(ConfigProblem::key)
        .containsExactly(
            "text_decoder.vocab_size", "img_context_token_id", "vision_start_token_id");
  }

  @Test
  void refusesStructureThatTheModelDoesNotHave() {
    Path model =
        run.edited(
            "model.json",
            "odd.json",
            content -> {
              ((ObjectNode) content.at("/text_decoder")).put("hidden_dropout", 0.1);
              ((ObjectNode) content.at("/image_encoder/vision_projector"))
                  .put("ffn_hidden_size", 100);
            });

    assertThat(problems("--mm-model", model.toString()))
        .extracting(ConfigProblem::toString)
        .containsExactly(
            model
                + ": image_encoder.vision_projector.ffn_hidden_size: must be 256, the width of"
                + " merged patches for model_id qwen2vl",
            model + ": text_decoder.hidden_dropout: must be 0 for model_id qwen2vl");
  }

  @Test
  void refusesAProgramThatIsNone() {
    assertThat(problems("--program", "java.lang.String"))
        .singleElement()
        .hasToString(
            "launch arguments: --program = java.lang.String: Cannot use program java.lang.String:"
                + " it does not implement io.sparkmm.train.loop.TrainingProgram");
  }

  private static List<ConfigProblem> problems(String... extra) {
    return catchThrowableOfType(ConfigException.class, () -> plan(run.settings(extra))).problems();
  }

  private static TrainPlan plan(TrainSettings settings) {
    return TrainPlanner.plan(settings, 2, new org.apache.hadoop.conf.Configuration());
  }
}
