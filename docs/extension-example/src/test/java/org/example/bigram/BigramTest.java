package org.example.bigram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.job.ImportLlavaJob;
import io.sparkmm.data.job.ImportSettings;
import io.sparkmm.data.job.PrepareJob;
import io.sparkmm.data.job.PrepareSettings;
import io.sparkmm.data.shapes.SampleDataSet;
import io.sparkmm.data.shapes.SampleDataSettings;
import io.sparkmm.train.launch.SparkSettings;
import io.sparkmm.train.launch.TrainJob;
import io.sparkmm.train.launch.TrainJobResult;
import io.sparkmm.train.launch.TrainSettings;
import io.sparkmm.train.model.ModelSpecs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BigramTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern LOSS = Pattern.compile(" loss: (\\S+) \\|");

  @TempDir private static Path folder;
  private static JavaSparkContext spark;

  @BeforeAll
  static void prepare() throws IOException {
    spark =
        new JavaSparkContext(
            SparkSettings.forTraining(
                new SparkConf(false)
                    .setMaster("local[2]")
                    .setAppName("bigram")
                    .set("spark.ui.enabled", "false")
                    .set("spark.driver.host", "127.0.0.1")
                    .set("spark.driver.bindAddress", "127.0.0.1")));
    Path shapes = folder.resolve("shapes");
    SampleDataSet.write(new SampleDataSettings(shapes, 40, 2, 0, 7), 2, drawn -> {});
    ImportLlavaJob.run(
        spark,
        new ImportSettings(
            shapes.resolve("llava_train.json").toString(),
            shapes.toString(),
            "images/train",
            folder.resolve("mllm.json").toString(),
            OptionalInt.empty()));
    ObjectNode data =
        (ObjectNode)
            JSON.readTree(
                Path.of("..", "..", "conf", "examples", "quickstart", "data.json").toFile());
    ((ObjectNode) data.at("/dataset_param/preprocess_parameters"))
        .put("model_name_or_path", shapes.resolve("model").toString());
    ((ObjectNode) data.at("/dataset_param/basic_parameters"))
        .put("dataset_dir", shapes.toString())
        .put("dataset", folder.resolve("mllm.json").toString());
    JSON.writeValue(folder.resolve("data.json").toFile(), data);
    PrepareJob.run(
        spark,
        new PrepareSettings(
            ConfigLoader.loadData(folder.resolve("data.json")),
            folder.resolve("prepared").toString(),
            PrepareSettings.Options.of(256)));
    Path model = Files.createDirectories(folder.resolve("bigram"));
    Files.writeString(
        model.resolve("config.json"),
        """
        {"architectures": ["BigramForCausalLM"], "model_type": "bigram",
         "vocab_size": 2048, "hidden_size": 32}
        """);
    Files.writeString(
        folder.resolve("fsdp2.yaml"),
        """
        sharding_size: auto
        sub_modules_to_wrap: ["embed", "hidden"]
        """);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void modelIsFoundOnTheClassPath() {
    assertThat(ModelSpecs.load().byId("bigram").modelClass()).isEqualTo(BigramModel.class);
    assertThat(ModelSpecs.load().failed()).isEmpty();
  }

  @Test
  void lossFallsOverTwentySteps() throws IOException {
    List<Double> losses = new ArrayList<>();
    TrainJobResult result = run(losses);

    assertThat(result.iterations()).isEqualTo(20);
    assertThat(result.workers()).isEqualTo(2);
    assertThat(losses).hasSize(20);
    // Even odds over the vocabulary at first.
    assertThat(losses.get(0)).isBetween(0.9 * Math.log(2048), 1.2 * Math.log(2048));
    assertThat(losses.get(19)).isLessThan(0.8 * losses.get(0));
  }

  @Test
  void goesOnFromItsCheckpointsThoughItCannotBeExported() throws IOException {
    String saved = folder.resolve("saved").toString();
    List<Double> whole = new ArrayList<>();
    List<Double> first = new ArrayList<>();
    List<Double> rest = new ArrayList<>();
    run(whole, "--train-iters", "8");
    TrainJobResult half = run(first, "--train-iters", "4", "--save", saved, "--save-interval", "4");
    TrainJobResult end =
        run(rest, "--train-iters", "8", "--load", saved, "--override-opt-param-scheduler");

    assertThat(half.exportFolder()).isEmpty();
    assertThat(end.iterations()).isEqualTo(8);
    assertThat(first).isEqualTo(whole.subList(0, 4));
    assertThat(rest).isEqualTo(whole.subList(4, 8));
  }

  @Test
  void unknownIdListsTheOwnModelToo() {
    assertThatThrownBy(() -> TrainJob.check(settings("trigram")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("model_id = trigram: must be one of bigram, qwen2vl");
  }

  /** Trains and collects the logged losses. */
  private static TrainJobResult run(List<Double> losses, String... more) throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    TrainJobResult result =
        TrainJob.run(
            spark,
            settings("bigram", more),
            new PrintStream(printed, true, StandardCharsets.UTF_8));
    Matcher found = LOSS.matcher(printed.toString(StandardCharsets.UTF_8));
    while (found.find()) {
      losses.add(Double.valueOf(found.group(1).toLowerCase(Locale.ROOT)));
    }
    return result;
  }

  private static TrainSettings settings(String modelId, String... more) throws IOException {
    Path model = folder.resolve(modelId + ".json");
    JSON.writeValue(
        model.toFile(),
        JSON.createObjectNode()
            .put("model_id", modelId)
            .put("init_from_hf_path", folder.resolve("bigram").toString())
            .put("init_method", "fan_in"));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--prepared",
                folder.resolve("prepared").toString(),
                "--program",
                BigramProgram.class.getName(),
                "--nproc_per_node",
                "2",
                "--mm-model",
                model.toString(),
                "--mm-data",
                folder.resolve("data.json").toString(),
                "--use-torch-fsdp2",
                "--fsdp2-config-path",
                folder.resolve("fsdp2.yaml").toString(),
                "--ckpt-format",
                "torch_dcp",
                "--untie-embeddings-and-output-weights",
                "--no-gradient-accumulation-fusion",
                "--micro-batch-size",
                "2",
                "--global-batch-size",
                "8",
                "--seq-length",
                "256",
                "--num-workers",
                "1",
                "--lr",
                "1e-2",
                "--lr-decay-style",
                "constant",
                "--log-interval",
                "1"));
    arguments.addAll(
        List.of(more).contains("--train-iters") ? List.of(more) : List.of("--train-iters", "20"));
    return TrainSettings.parse(arguments, Map.of());
  }
}
