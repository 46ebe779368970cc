package io.sparkmm.convert.hf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.safetensors.CheckpointFolder;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Hugging Face folder as the options name it. Its weights are all {@code *.safetensors} files
 * directly in it; an index beside them is not consulted.
 *
 * @param path the folder
 * @param config the content of {@code config.json}; an empty object for folders of adapters
 * @param files the weights, sorted by name; at least one
 */
public record HfFolder(Path path, JsonNode config, List<Path> files) {

  /** Name of the configuration in a folder. */
  public static final String CONFIG = "config.json";

  static final String SUFFIX = ".safetensors";

  private static final int MOST_NAMES = 10;

  /** A configuration larger than this is damage. */
  private static final long MAX_CONFIG_BYTES = 16 << 20;

  /** Python writes {@code NaN} and {@code Infinity}. */
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  public HfFolder {
    files = List.copyOf(files);
  }

  /**
   * A folder with a model.
   *
   * @param option the option that names it, for messages
   * @throws ConvertException of kind USAGE when it is no folder, has no weights or no readable
   *     {@code config.json}
   */
  public static HfFolder model(Path folder, String option) {
    List<Path> files = weights(folder, option);
    Path config = folder.resolve(CONFIG);
    if (!Files.isRegularFile(config)) {
      throw ConvertException.usage(option + ": No config.json in " + folder);
    }
    return new HfFolder(folder, read(config), files);
  }

  /**
   * The content of the {@code config.json} of a folder, which need not hold weights.
   *
   * @param option the option that names it, for messages
   * @throws ConvertException of kind USAGE when it is no folder or has no readable configuration
   */
  public static JsonNode config(Path folder, String option) {
    if (!Files.isDirectory(folder)) {
      throw ConvertException.usage(option + ": not a directory: " + folder);
    }
    Path config = folder.resolve(CONFIG);
    if (!Files.isRegularFile(config)) {
      throw ConvertException.usage(option + ": No config.json in " + folder);
    }
    return read(config);
  }

  /**
   * A folder with adapters, which needs no configuration.
   *
   * @param option the option that names it, for messages
   * @throws ConvertException of kind USAGE when it is no folder or has no weights
   */
  public static HfFolder adapters(Path folder, String option) {
    return new HfFolder(folder, MAPPER.createObjectNode(), weights(folder, option));
  }

  private static List<Path> weights(Path folder, String option) {
    if (!Files.isDirectory(folder)) {
      throw ConvertException.usage(option + ": not a directory: " + folder);
    }
    try (Stream<Path> paths = Files.list(folder)) {
      List<Path> files =
          paths
              .filter(path -> path.getFileName().toString().endsWith(SUFFIX))
              .filter(path -> !path.getFileName().toString().startsWith("."))
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw ConvertException.usage(option + ": No *.safetensors files found in " + folder);
      }
      return files;
    } catch (IOException e) {
      throw ConvertException.data("Cannot list " + folder + ": " + e, e);
    }
  }

  /**
   * Checks that no file is missing, for commands that do not know which tensors there should be.
   *
   * @throws ConvertException of kind DATA that names files of the index, or of the numbering of the
   *     others, that are not there
   * @throws io.sparkmm.convert.safetensors.SafetensorsException when the index cannot be read
   */
  public void checkComplete() {
    List<String> missing = CheckpointFolder.missingFiles(path);
    if (!missing.isEmpty()) {
      throw ConvertException.data(
          "Cannot read "
              + path
              + ": "
              + missing.size()
              + " of its files are missing: "
              + String.join(", ", missing.subList(0, Math.min(missing.size(), MOST_NAMES))));
    }
  }

  private static JsonNode read(Path file) {
    try {
      if (Files.size(file) > MAX_CONFIG_BYTES) {
        throw ConvertException.usage(
            "Cannot read " + file + ": it has more than " + MAX_CONFIG_BYTES + " bytes");
      }
      JsonNode node = MAPPER.readTree(Files.readAllBytes(file));
      if (!node.isObject()) {
        throw ConvertException.usage("Cannot read " + file + ": it is not a JSON object");
      }
      return node;
    } catch (JsonProcessingException e) {
      throw ConvertException.usage(
          "Cannot read " + file + ": it is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw ConvertException.data("Cannot read " + file + ": " + e, e);
    }
  }

  /**
   * Reads the headers of all files.
   *
   * @return the tensors by name, in the order of the files; a tensor that stands in several files
   *     with the same bytes once
   * @throws ConvertException of kind DATA when tensors of one name differ
   * @throws io.sparkmm.convert.safetensors.SafetensorsException when a file is damaged
   */
  public Map<String, TensorView> tensors() {
    Map<String, TensorRef> found = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    for (Path file : files) {
      try (SafetensorsFile open = SafetensorsFile.open(file)) {
        for (TensorRef tensor : open.tensors()) {
          TensorRef other = found.putIfAbsent(tensor.name(), tensor);
          if (other != null && !SameTensor.same(other, tensor)) {
            problems.add(
                "Cannot choose between two different tensors "
                    + tensor.name()
                    + ": in "
                    + other.file()
                    + " and in "
                    + file);
          }
        }
      }
    }
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
    Map<String, TensorView> views = new LinkedHashMap<>();
    found.forEach((name, tensor) -> views.put(name, TensorView.of(tensor)));
    return Collections.unmodifiableMap(views);
  }

  /**
   * The tensors of a model with those of another language model ({@code llm_hf_dir}): language
   * model and projector of {@code model} go, everything of {@code other} comes.
   */
  public static Map<String, TensorView> withLanguageModel(
      Map<String, TensorView> model, Map<String, TensorView> other) {
    Map<String, TensorView> result = new LinkedHashMap<>(model);
    result.keySet().removeIf(name -> name.startsWith("model") || name.startsWith("visual.merger"));
    result.putAll(other);
    return Collections.unmodifiableMap(result);
  }
}
