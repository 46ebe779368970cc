package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.DType;
import io.sparkmm.conf.OptimizerType;
import io.sparkmm.convert.cli.MmConvert;
import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.dcp.DcpTensor;
import io.sparkmm.convert.lora.LoraAdapters;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.view.TensorView;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.HostTensors;
import io.sparkmm.train.weights.HfWeights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training of adapters from launch arguments to folders that others load, on two workers. */
@Tag("slow")
class LoraJobTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FROZEN = "frozen.json";
  private static final String[] MEGATRON = {
    "--lora-target-modules", "linear_qkv", "linear_proj", "linear_fc1", "linear_fc2"
  };

  @TempDir private static Path folder;
  private static JavaSparkContext spark;
  private static ShapesRun run;
  private static String base;

  @BeforeAll
  static void prepare() {
    spark = TestSpark.start("local[2]");
    run = ShapesRun.prepare(spark, folder);
    run.edited(
        "model.json",
        FROZEN,
        content -> {
          ObjectNode pictures = (ObjectNode) content.get("image_encoder");
          ((ObjectNode) pictures.get("vision_encoder")).put("freeze", true);
          ((ObjectNode) pictures.get("vision_projector")).put("freeze", true);
        });
    base = train("base", "--train-iters", "2").exportFolder().orElseThrow().toString();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void savesAndExportsAdaptersOnlyAndGoesOnFromThem() throws IOException {
    TrainJobResult whole = train("whole", lora("--load", base));

    Path export = whole.exportFolder().orElseThrow();
    assertThat(names(export))
        .containsExactly(
            "adapter_config.json",
            "adapter_model.safetensors",
            "preprocessor_config.json",
            "tokenizer.json",
            "tokenizer_config.json");
    JsonNode config = JSON.readTree(export.resolve("adapter_config.json").toFile());
    assertThat(config.get("peft_type").asText()).isEqualTo("LORA");
    assertThat(config.get("r").asInt()).isEqualTo(4);
    assertThat(config.get("lora_alpha").asInt()).isEqualTo(12);
    assertThat(config.get("base_model_name_or_path").asText()).isEqualTo(base);
    assertThat(config.get("target_modules"))
        .hasSize(2 * 7)
        .anyMatch(name -> name.asText().equals("layers.1.mlp.gate_proj"));
    assertThat(tensors(export.resolve("adapter_model.safetensors")))
        .hasSize(2 * 2 * 7)
        .contains("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
    List<String> kept = keys(folder.resolve("whole/iter_0000002"));
    assertThat(kept)
        .hasSize((2 * 2 * 7) * 4 + 2)
        .contains(
            "model.base_model.model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight",
            "optimizer.state.base_model.model.model.model.layers.0.self_attn.q_proj.lora_B.default"
                + ".weight.exp_avg_sq");
    assertThat(kept).allMatch(key -> key.contains(".lora_") || key.startsWith("rng_state"));

    TrainJobResult second =
        train(
            "second",
            lora(
                "--load",
                folder.resolve("whole").toString(),
                "--ckpt-step",
                "2",
                "--load-base-model",
                base));
    assertThat(second.exportFolder().orElseThrow().resolve("adapter_model.safetensors"))
        .hasSameBinaryContentAs(export.resolve("adapter_model.safetensors"));
    assertThat(losses(second)).containsExactlyElementsOf(losses(whole).subList(2, 4));
  }

  @Test
  void theBaseMayBeACheckpointAndWeightsMayBeMadeShardByShard() throws IOException {
    List<Double> expected = losses(train("from-folder", lora("--load", base)));

    String checkpoints = folder.resolve("base").toString();
    assertThat(losses(train("from-checkpoint", lora("--load-base-model", checkpoints))))
        .isEqualTo(expected);
    assertThat(losses(train("finetuned", lora("--load", checkpoints, "--finetune"))))
        .isEqualTo(expected);
    assertThat(losses(train("meta", lora("--load", base, "--init-model-with-meta-device"))))
        .isEqualTo(expected);
    assertThat(
            losses(
                train(
                    "meta-checkpoint",
                    lora("--load-base-model", checkpoints, "--init-model-with-meta-device"))))
        .isEqualTo(expected);
  }

  @Test
  void recomputedLayersNeedAGradientInFrontOfThem() throws IOException {
    List<Double> expected = losses(train("spending", lora("--load", base)));
    Path yaml =
        Files.writeString(
            folder.resolve("recompute.yaml"),
            """
            sharding_size: auto
            sub_modules_to_wrap: ["visual.blocks.{*}", "model.layers.{*}"]
            recompute_modules: ["visual.blocks.{*}", "model.layers.{*}"]
            use_reentrant: true
            """);
    String[] recompute = {"--load", base, "--fsdp2-config-path", yaml.toString()};

    assertThat(losses(train("recomputing", lora(recompute)))).isEqualTo(expected);
    String full =
        run.edited(
                FROZEN,
                "full.json",
                content ->
                    ((ObjectNode) content.get("text_decoder"))
                        .put("recompute_granularity", "full")
                        .put("recompute_method", "uniform")
                        .put("recompute_num_layers", 1))
            .toString();
    assertThat(losses(train("megatron-style", lora("--load", base, "--mm-model", full))))
        .isEqualTo(expected);
    // Nothing in front of the layers requires a gradient, so the first of them learns nothing.
    String[] hooks =
        Stream.concat(Stream.of(recompute), Stream.of("--lora-register-forward-hook", "none"))
            .toArray(String[]::new);
    assertThat(
            catchThrowableOfType(
                WorkerFailedException.class, () -> train("without-hooks", lora(hooks))))
        .hasMessageContaining("does not require grad");
  }

  @Test
  void optionsOfAdaptersReachTheModel() throws IOException {
    List<Double> plain = losses(train("plain", lora("--load", base)));
    List<Double> dropping =
        losses(train("dropping", lora("--load", base, "--lora-dropout", "0.5")));
    List<Double> scaled = losses(train("scaled", lora("--load", base, "--lora-alpha", "48")));

    // The second factor is 0 at first, so that nothing in front of it shows before an update.
    assertThat(dropping.get(0)).isEqualTo(plain.get(0)).isEqualTo(scaled.get(0));
    assertThat(dropping.get(3)).isNotEqualTo(plain.get(3));
    assertThat(scaled.get(3)).isNotEqualTo(plain.get(3));
    assertThat(plain.get(3)).isLessThan(plain.get(0));
    ModelPlan plan =
        plan("--lora-target-modules", "q_proj,v_proj", "--lora-r", "2").program().model();
    assertThat(plan.lora().targets()).containsExactly("q_proj", "v_proj");
    assertThat(
            plan.outline()
                .namedParameters()
                .get("model.layers.0.self_attn.q_proj.lora_A.default.weight")
                .shape())
        .startsWith(2);
  }

  @Test
  void onlyAdaptersNeedGradientsAndOptimizerState() {
    TrainPlan with = plan("--lora-target-modules", "linear_qkv", "--lora-r", "2");
    long trained =
        with.program().model().outline().namedParameters().values().stream()
            .filter(Parameter::trainable)
            .mapToLong(Parameter::elements)
            .sum();
    MemoryEstimate need = estimate(with);

    assertThat(need.gradients()).isBetween(2 * trained, 3 * trained);
    assertThat(need.optimizer()).isEqualTo(2 * need.gradients());
    assertThat(need.weights()).isGreaterThan(estimate(plan()).weights());
  }

  private static MemoryEstimate estimate(TrainPlan plan) {
    return MemoryEstimate.of(
        plan.program().model().outline(),
        plan.sharding(),
        new MemoryEstimate.Storage(DType.FP32, OptimizerType.ADAM),
        2);
  }

  @Test
  void whatIsSavedCanBeMerged() throws IOException {
    TrainJobResult result = train("to-merge", lora("--load", base, "--lr", "1e-2"));
    Path merged = folder.resolve("merged");
    int status =
        MmConvert.run(
            new String[] {
              "Qwen3VLConverter",
              "merge_mm_lora_dcp_weight_to_base_hf",
              "--base_hf_dir",
              base,
              "--lora_dcp_dir",
              folder.resolve("to-merge").toString(),
              "--lora_target_modules",
              "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj",
              "--save_merged_hf_dir",
              merged.toString(),
              "--scaling",
              "3.0"
            });

    assertThat(status).isZero();
    TrainableModel before = load(Path.of(base));
    TrainableModel after = load(merged);
    Map<String, Tensor> adapters =
        read(result.exportFolder().orElseThrow().resolve("adapter_model.safetensors"));
    String layer = "model.layers.1.mlp.up_proj";
    Tensor a = adapters.get("base_model.model." + layer + ".lora_A.weight");
    Tensor b = adapters.get("base_model.model." + layer + ".lora_B.weight");
    Tensor product = b.matmul(a).mul(new Scalar(3.0));
    assertThat(product.abs().max().item_double()).isGreaterThan(1e-3);
    double[] expected =
        HostTensors.doubles(
            before.namedParameters().get(layer + ".weight").data().detach().add(product));
    double[] found =
        HostTensors.doubles(after.namedParameters().get(layer + ".weight").data().detach());
    for (int i = 0; i < expected.length; i++) {
      // The merged weight is bfloat16.
      assertThat(found[i]).isCloseTo(expected[i], within(Math.abs(expected[i]) / 256 + 1e-6));
    }
  }

  @Test
  void t14AdapterWithOneHalfIsNotMerged() {
    train("half", lora("--load", base));
    DcpCheckpoint checkpoint = DcpCheckpoint.open(folder.resolve("half/iter_0000004"));
    Map<String, TensorView> tensors = new TreeMap<>();
    for (DcpTensor tensor : checkpoint.metadata().tensors()) {
      if (tensor.key().isUnder("model")) {
        tensors.put(tensor.key().rest(), checkpoint.view(tensor.key().flat()));
      }
    }
    tensors
        .keySet()
        .removeIf(name -> name.endsWith("layers.1.self_attn.v_proj.lora_B.default.weight"));

    assertThatThrownBy(() -> LoraAdapters.find("run", tensors, List.of()))
        .hasMessageContaining(
            "it has no matrix base_model.model.model.model.layers.1.self_attn.v_proj.lora_B");
  }

  @Test
  void t14AdaptersThatTheCheckpointDoesNotHaveAreNamed() {
    train("queries", "--load", base, "--lora-target-modules", "q_proj");

    assertThatThrownBy(
            () ->
                train(
                    "more",
                    "--load",
                    folder.resolve("queries").toString(),
                    "--load-base-model",
                    base,
                    "--override-opt-param-scheduler",
                    "--train-iters",
                    "6",
                    "--lora-target-modules",
                    "q_proj",
                    "v_proj"))
        .hasMessageContaining(
            "missing keys: [model.layers.0.self_attn.v_proj.lora_A.default.weight,");
  }

  @Test
  void foldersThatDoNotFitAreRefusedBeforeTheRun() {
    train("adapters", "--load", base, "--lora-target-modules", "q_proj");
    String adapters = folder.resolve("adapters").toString();
    String whole = folder.resolve("base").toString();

    assertThat(problems("--load", adapters))
        .contains("holds adapters; give --lora-target-modules to go on with them, or merge them");
    assertThat(problems("--load", adapters, "--lora-target-modules", "q_proj"))
        .contains("holds adapters only; name the weights that they belong to in --load-base-model");
    assertThat(problems("--load-base-model", adapters, "--lora-target-modules", "q_proj"))
        .contains("holds adapters, not the weights of a model");
    assertThat(problems("--load", whole, "--lora-target-modules", "q_proj"))
        .contains("is iteration 2 of a run without adapters")
        .contains("give --finetune");
    assertThat(problems("--load-base-model", base))
        .contains(
            "--load-base-model = " + base + ": has a meaning with --lora-target-modules only");
    assertThat(problems("--load", adapters + "/hf", "--lora-target-modules", "q_proj"))
        .contains("is a folder of PEFT")
        .contains("lora_hf_to_dcp");
  }

  @Test
  void t14TargetsAreCheckedBeforeTheRun() {
    assertThat(problems("--lora-target-modules", "linear_qvk"))
        .contains("--lora-target-modules = linear_qvk: ")
        .contains("no module matches linear_qvk");
    assertThat(problems("--lora-target-modules", "qkv"))
        .contains("every module that qkv matches is frozen: visual.blocks.0.attn.qkv");
  }

  private static String problems(String... extra) {
    List<ConfigProblem> problems =
        catchThrowableOfType(ConfigException.class, () -> plan(extra)).problems();
    assertThat(problems).hasSize(1);
    return problems.get(0).toString();
  }

  private static TrainPlan plan(String... extra) {
    List<String> arguments = new ArrayList<>(List.of("--mm-model", run.file(FROZEN).toString()));
    arguments.addAll(List.of(extra));
    return TrainPlanner.plan(
        run.settings(arguments.toArray(String[]::new)), 2, new Configuration());
  }

  /** Four iterations with adapters on everything that is not frozen. */
  private static String[] lora(String... extra) {
    List<String> arguments = new ArrayList<>(List.of("--train-iters", "4"));
    arguments.addAll(List.of(MEGATRON));
    arguments.addAll(List.of("--lora-r", "4", "--lora-alpha", "12"));
    arguments.addAll(List.of(extra));
    return arguments.toArray(String[]::new);
  }

  private static TrainJobResult train(String name, String... extra) {
    List<String> arguments =
        new ArrayList<>(List.of("--save", folder.resolve(name).toString(), "--save-interval", "2"));
    arguments.addAll(List.of("--mm-model", run.file(FROZEN).toString()));
    arguments.addAll(List.of(extra));
    return TrainJob.run(
        spark,
        run.settings(arguments.toArray(String[]::new)),
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
  }

  private static TrainableModel load(Path from) throws IOException {
    TrainableModel model =
        ModelSpecs.builtIn()
            .byId("qwen2vl")
            .declare()
            .apply(JSON.readTree(from.resolve("config.json").toFile()));
    HfWeights.load(from, model, ScalarType.Float);
    return model;
  }

  private static List<Double> losses(TrainJobResult result) throws IOException {
    List<Double> losses = new ArrayList<>();
    for (String line : Files.readAllLines(result.metricsFile().orElseThrow())) {
      losses.add(JSON.readTree(line).get("loss").doubleValue());
    }
    return losses;
  }

  private static List<String> keys(Path checkpoint) {
    return DcpCheckpoint.open(checkpoint).metadata().tensors().stream()
        .map(tensor -> tensor.key().flat())
        .toList();
  }

  private static List<String> tensors(Path file) {
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      return open.tensors().stream().map(TensorRef::name).toList();
    }
  }

  private static Map<String, Tensor> read(Path file) {
    Map<String, Tensor> tensors = new TreeMap<>();
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      for (TensorRef tensor : open.tensors()) {
        float[] values = new float[Math.toIntExact(tensor.byteSize() / Float.BYTES)];
        open.map(tensor.name()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        tensors.put(tensor.name(), HostTensors.of(values, tensor.spec().dims()));
      }
    }
    return tensors;
  }

  private static List<String> names(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
