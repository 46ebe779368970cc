package io.sparkmm.data.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.shapes.SampleDataSet;
import io.sparkmm.data.shapes.SampleDataSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A small drawn data set, and configurations that name it. */
final class TestInputs {
  static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path folder;

  private TestInputs(Path folder) {
    this.folder = folder;
  }

  /** Draws a set below a folder. */
  static TestInputs draw(Path parent, int pictures) {
    Path folder = parent.resolve("set");
    SampleDataSet.write(new SampleDataSettings(folder, pictures, 2, 0, 11), 2, count -> {});
    return new TestInputs(folder);
  }

  Path folder() {
    return folder;
  }

  Path records() {
    return folder.resolve("llava_train.json");
  }

  /** A {@code data.json} that reads the drawn conversations without conversion. */
  ObjectNode config() {
    return config(folder.resolve("model"), records(), folder.resolve("images/train"));
  }

  /** A {@code data.json} for LLaVA-like conversations. */
  static ObjectNode config(Path model, Path records, Path media) {
    ObjectNode root = MAPPER.createObjectNode();
    ObjectNode dataset = root.putObject("dataset_param").put("dataset_type", "huggingface");
    dataset
        .putObject("preprocess_parameters")
        .put("model_name_or_path", model.toString())
        .put("image_max_pixels", 262144)
        .put("image_min_pixels", 0);
    dataset
        .putObject("basic_parameters")
        .put("template", "qwen2vl")
        .put("dataset_dir", media.toString())
        .put("dataset", records.toString());
    dataset
        .putObject("attr")
        .put("messages", "conversations")
        .put("images", "image")
        .putNull("system_tag")
        .putNull("observation_tag")
        .putNull("function_tag");
    ObjectNode loader = root.putObject("dataloader_param");
    loader.put("dataloader_mode", "sampler").put("sampler_type", "BaseRandomBatchSampler");
    loader.put("shuffle", true).put("drop_last", true);
    loader
        .putObject("collate_param")
        .put("model_name", "qwen2vl")
        .put("ignore_pad_token_for_loss", true);
    return root;
  }

  /** The configuration's part with the files and the token rules. */
  static ObjectNode basic(ObjectNode config) {
    return (ObjectNode) config.get("dataset_param").get("basic_parameters");
  }

  /** The configuration's part with the columns. */
  static ObjectNode attr(ObjectNode config) {
    return (ObjectNode) config.get("dataset_param").get("attr");
  }

  /** Settings with a configuration and options. */
  static PrepareSettings settings(ObjectNode config, Path output, PrepareSettings.Options options) {
    return new PrepareSettings(
        ConfigLoader.parseData("data.json", config.toString()), output.toString(), options);
  }

  /** Options with this length and these shards. */
  static PrepareSettings.Options options(int recordsPerShard, int partitions, double rejectRate) {
    return new PrepareSettings.Options(
        256,
        new PrepareSettings.Sharding(
            recordsPerShard, java.util.OptionalInt.of(partitions), rejectRate),
        false,
        0,
        io.sparkmm.data.encode.Placeholders.DEFAULT);
  }

  /** Writes the drawn records, changed, to a file of their own. */
  Path changedRecords(String name, java.util.function.UnaryOperator<ObjectNode> change)
      throws IOException {
    StringBuilder lines = new StringBuilder();
    for (JsonNode record : MAPPER.readTree(records().toFile())) {
      Optional.ofNullable(change.apply((ObjectNode) record))
          .ifPresent(changed -> lines.append(changed).append('\n'));
    }
    return Files.writeString(folder.resolve(name), lines.toString());
  }
}
