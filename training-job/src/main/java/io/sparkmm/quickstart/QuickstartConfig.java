package io.sparkmm.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the configuration files of a quickstart run: the shipped examples with this run's paths
 * and the token ids of its tokenizer filled in. They are ordinary files that {@code train} and
 * {@code prepare} take, to be looked at, changed and used again.
 */
final class QuickstartConfig {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String SHIPPED = "conf/examples/quickstart/";

  private final QuickstartPaths paths;

  QuickstartConfig(QuickstartPaths paths) {
    this.paths = paths;
  }

  /** Writes all files. The tokenizer must be there already. */
  void write() throws IOException {
    Files.createDirectories(paths.conf());
    writeJson("data.json", data());
    writeJson("model.json", model());
    for (String name : List.of("tools.json", "fsdp2.yaml")) {
      Files.writeString(paths.conf().resolve(name), shipped(name));
    }
  }

  Path file(String name) {
    return paths.conf().resolve(name);
  }

  /** The launch arguments of the shipped file, one word an element, with this run's paths. */
  List<String> launchArguments() throws IOException {
    List<String> words = new ArrayList<>();
    for (String line : shipped("launch.args").split("\n", -1)) {
      String text = line.strip();
      if (!text.isEmpty() && !text.startsWith("#")) {
        for (String word : text.split("\\s+", -1)) {
          words.add(
              word.startsWith(SHIPPED) ? file(word.substring(SHIPPED.length())).toString() : word);
        }
      }
    }
    return words;
  }

  private ObjectNode data() throws IOException {
    ObjectNode data = (ObjectNode) MAPPER.readTree(shipped("data.json"));
    ObjectNode dataset = (ObjectNode) data.required("dataset_param");
    ((ObjectNode) dataset.required("preprocess_parameters"))
        .put("model_name_or_path", paths.checkpoint().toString());
    ((ObjectNode) dataset.required("basic_parameters"))
        .put("dataset_dir", paths.shapes().toString())
        .put("dataset", paths.mllm().toString());
    return data;
  }

  private ObjectNode model() throws IOException {
    ObjectNode model = (ObjectNode) MAPPER.readTree(shipped("model.json"));
    try (Tokenizer tokenizer = Tokenizer.load(paths.checkpoint())) {
      model
          .put("img_context_token_id", tokenizer.specialId("<|image_pad|>"))
          .put("video_token_id", tokenizer.specialId("<|video_pad|>"))
          .put("vision_start_token_id", tokenizer.specialId("<|vision_start|>"));
    }
    return model;
  }

  private void writeJson(String name, ObjectNode content) throws IOException {
    MAPPER.writerWithDefaultPrettyPrinter().writeValue(file(name).toFile(), content);
  }

  private static String shipped(String name) throws IOException {
    try (InputStream in = QuickstartConfig.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("Cannot find the shipped file " + name + " in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
