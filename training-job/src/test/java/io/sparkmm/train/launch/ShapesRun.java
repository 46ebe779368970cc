package io.sparkmm.train.launch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.job.ImportLlavaJob;
import io.sparkmm.data.job.ImportSettings;
import io.sparkmm.data.job.PrepareJob;
import io.sparkmm.data.job.PrepareSettings;
import io.sparkmm.data.shapes.SampleDataSet;
import io.sparkmm.data.shapes.SampleDataSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;

/** A small prepared data set of shapes and the files and arguments of a run on it. */
final class ShapesRun {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PICTURES = 40;

  private final Path folder;

  private ShapesRun(Path folder) {
    this.folder = folder;
  }

  /** Draws, imports and prepares. */
  static ShapesRun prepare(JavaSparkContext spark, Path folder) {
    ShapesRun run = new ShapesRun(folder);
    Path shapes = folder.resolve("shapes");
    SampleDataSet.write(new SampleDataSettings(shapes, PICTURES, 2, 0, 7), 2, drawn -> {});
    ImportLlavaJob.run(
        spark,
        new ImportSettings(
            shapes.resolve("llava_train.json").toString(),
            shapes.toString(),
            "images/train",
            folder.resolve("mllm.json").toString(),
            OptionalInt.empty()));
    run.writeFiles();
    run.prepareAs(spark, run.file("data.json"), "prepared");
    return run;
  }

  /** Prepares the same records by another configuration; returns the data set's folder. */
  String prepareAs(JavaSparkContext spark, Path data, String name) {
    PrepareJob.run(
        spark,
        new PrepareSettings(
            ConfigLoader.loadData(data),
            folder.resolve(name).toString(),
            PrepareSettings.Options.of(256)));
    return folder.resolve(name).toString();
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  String prepared() {
    return folder.resolve("prepared").toString();
  }

  /** Changes a configuration file into another file of the run. */
  Path edited(String name, String as, Consumer<ObjectNode> edit) {
    try {
      ObjectNode content = (ObjectNode) JSON.readTree(file(name).toFile());
      edit.accept(content);
      JSON.writeValue(file(as).toFile(), content);
      return file(as);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Arguments of five steps on two workers; the extra ones override those before. */
  List<String> arguments(String... extra) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--prepared",
                prepared(),
                "--nproc_per_node",
                "2",
                "--mm-model",
                file("model.json").toString(),
                "--mm-data",
                file("data.json").toString(),
                "--use-torch-fsdp2",
                "--fsdp2-config-path",
                file("fsdp2.yaml").toString(),
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
                "--train-iters",
                "5",
                "--lr",
                "1e-3",
                "--lr-decay-style",
                "constant",
                "--seed",
                "3",
                "--log-interval",
                "2",
                "--log-tps"));
    arguments.addAll(List.of(extra));
    return arguments;
  }

  TrainSettings settings(String... extra) {
    return TrainSettings.parse(arguments(extra), Map.of());
  }

  private void writeFiles() {
    try {
      JsonNode model = example("model.json");
      ((ObjectNode) model.at("/image_encoder/vision_encoder")).put("num_layers", 1);
      ((ObjectNode) model.at("/text_decoder")).put("num_layers", 2);
      JSON.writeValue(file("model.json").toFile(), model);
      JsonNode data = example("data.json");
      ((ObjectNode) data.at("/dataset_param/preprocess_parameters"))
          .put("model_name_or_path", file("shapes").resolve("model").toString());
      ((ObjectNode) data.at("/dataset_param/basic_parameters"))
          .put("dataset_dir", file("shapes").toString())
          .put("dataset", file("mllm.json").toString());
      JSON.writeValue(file("data.json").toFile(), data);
      Files.writeString(
          file("fsdp2.yaml"),
          """
          sharding_size: auto
          sub_modules_to_wrap:
            - "visual.blocks.{*}"
            - "model.layers.{*}"
          """);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode example(String name) throws IOException {
    return JSON.readTree(Path.of("..", "conf", "examples", "quickstart", name).toFile());
  }
}
