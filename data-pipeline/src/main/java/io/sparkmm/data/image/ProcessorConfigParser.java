package io.sparkmm.data.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads {@code preprocessor_config.json}. Absent keys have the defaults of the Qwen2-VL processor
 * class; {@code min_pixels} and {@code max_pixels} win over {@code size}.
 */
final class ProcessorConfigParser {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String FILE = "preprocessor_config.json";
  private static final Set<String> TYPES =
      Set.of(
          "Qwen2VLImageProcessor",
          "Qwen2VLImageProcessorFast",
          "Qwen2_5_VLImageProcessor",
          "Qwen2_5_VLImageProcessorFast");
  private static final long DEFAULT_MIN_PIXELS = 56L * 56;
  private static final long DEFAULT_MAX_PIXELS = 28L * 28 * 1280;
  private static final List<Double> CLIP_MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
  private static final List<Double> CLIP_STD = List.of(0.26862954, 0.26130258, 0.27577711);

  private final JsonNode root;
  private final String origin;

  private ProcessorConfigParser(JsonNode root, String origin) {
    this.root = root;
    this.origin = origin;
  }

  static ProcessorConfig read(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          DataException.Kind.CHECKPOINT,
          "Cannot read "
              + file
              + ": there is no such file; set model_name_or_path to a local checkpoint folder that"
              + " has one");
    }
    try {
      return parse(Files.readAllBytes(file), file.toString());
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.CHECKPOINT, "Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  static ProcessorConfig parse(byte[] json, String origin) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.CHECKPOINT,
          "Cannot read " + origin + ": it is not valid JSON: " + e.getMessage(),
          e);
    }
    ProcessorConfigParser parser = new ProcessorConfigParser(root, origin);
    if (!root.isObject()) {
      throw parser.wrong("the file", root.toString(), "a JSON object");
    }
    return parser.config();
  }

  private ProcessorConfig config() {
    checkType();
    for (String step : List.of("do_resize", "do_rescale", "do_normalize", "do_convert_rgb")) {
      JsonNode value = root.get(step);
      if (value != null && !value.isNull() && !(value.isBoolean() && value.booleanValue())) {
        throw wrong(step, value.toString(), "true; leaving the step out is not supported");
      }
    }
    JsonNode size = root.path("size");
    long min = positive(root, "min_pixels", positive(size, "shortest_edge", DEFAULT_MIN_PIXELS));
    long max = positive(root, "max_pixels", positive(size, "longest_edge", DEFAULT_MAX_PIXELS));
    if (min > max) {
      throw wrong("min_pixels", Long.toString(min), "at most max_pixels, " + max);
    }
    return new ProcessorConfig(
        new PixelBounds(min, max),
        new ProcessorConfig.Patches(
            Math.toIntExact(positive(root, "patch_size", 14)),
            Math.toIntExact(positive(root, "merge_size", 2)),
            Math.toIntExact(positive(root, "temporal_patch_size", 2))),
        new ProcessorConfig.Normalisation(
            rescaleFactor(), channels("image_mean", CLIP_MEAN), channels("image_std", CLIP_STD)),
        resample());
  }

  private void checkType() {
    JsonNode type = root.get("image_processor_type");
    if (type != null && !type.isNull() && !TYPES.contains(type.asText())) {
      throw wrong(
          "image_processor_type",
          type.toString(),
          "one of " + String.join(", ", TYPES.stream().sorted().toList()));
    }
  }

  private double rescaleFactor() {
    JsonNode value = root.get("rescale_factor");
    if (value == null || value.isNull()) {
      return 1 / 255.0;
    }
    if (!value.isNumber() || !(value.doubleValue() > 0)) {
      throw wrong("rescale_factor", value.toString(), "a number above 0");
    }
    return value.doubleValue();
  }

  private ResampleFilter resample() {
    JsonNode value = root.get("resample");
    if (value == null || value.isNull()) {
      return ResampleFilter.BICUBIC;
    }
    for (ResampleFilter filter : ResampleFilter.values()) {
      if (value.isInt() && value.intValue() == filter.code()) {
        return filter;
      }
    }
    throw wrong("resample", value.toString(), "0 (nearest) or 3 (bicubic)");
  }

  private long positive(JsonNode parent, String key, long absent) {
    JsonNode value = parent.get(key);
    if (value == null || value.isNull()) {
      return absent;
    }
    if (!value.isIntegralNumber()
        || value.longValue() < 1
        || value.longValue() > Integer.MAX_VALUE) {
      throw wrong(key, value.toString(), "a whole number above 0");
    }
    return value.longValue();
  }

  private List<Double> channels(String key, List<Double> absent) {
    JsonNode value = root.get(key);
    if (value == null || value.isNull()) {
      return absent;
    }
    List<Double> numbers = new ArrayList<>();
    for (JsonNode number : value) {
      if (number.isNumber()) {
        numbers.add(number.doubleValue());
      }
    }
    if (numbers.size() != 3 || value.size() != 3) {
      throw wrong(key, value.toString(), "a list of three numbers");
    }
    return numbers;
  }

  private DataException wrong(String key, String value, String wanted) {
    return new DataException(
        DataException.Kind.CHECKPOINT,
        "Cannot use " + origin + ": " + key + " is " + value + ", it has to be " + wanted);
  }
}
