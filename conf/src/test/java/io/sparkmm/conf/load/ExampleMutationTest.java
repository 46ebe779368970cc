package io.sparkmm.conf.load;

import static io.sparkmm.conf.ConfigTesting.json;
import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static io.sparkmm.conf.ConfigTesting.with;
import static io.sparkmm.conf.ConfigTesting.without;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every key of the shipped examples taken away, misspelt and given another type, one at a time. */
class ExampleMutationTest {
  private static final Path EXAMPLES = Path.of("..", "conf", "examples");

  /** Keys that other keys make necessary, with what is said of them. */
  private static final Map<String, String> IN_VIEW_OF_OTHERS =
      Map.of(
          "dataloader_param.drop_last", "must be true with sampler_type = BaseRandomBatchSampler",
          "text_decoder.mrope_section", "must be three numbers that add up to half the head size");

  private static final List<String> REQUIRED_OF_MODELS =
      List.of(
          "image_encoder",
          "image_encoder.vision_encoder",
          "image_encoder.vision_encoder.hidden_size",
          "image_encoder.vision_encoder.num_attention_heads",
          "image_encoder.vision_encoder.num_layers",
          "image_encoder.vision_projector",
          "image_encoder.vision_projector.hidden_size",
          "image_encoder.vision_projector.input_size",
          "img_context_token_id",
          "model_id",
          "text_decoder",
          "text_decoder.hidden_size",
          "text_decoder.max_position_embeddings",
          "text_decoder.mrope_section",
          "text_decoder.num_attention_heads",
          "text_decoder.num_layers",
          "text_decoder.vocab_size");

  private static final List<String> REQUIRED_OF_DATA =
      List.of(
          "dataloader_param",
          "dataloader_param.collate_param",
          "dataloader_param.collate_param.ignore_pad_token_for_loss",
          "dataloader_param.collate_param.model_name",
          "dataloader_param.dataloader_mode",
          "dataloader_param.drop_last",
          "dataset_param",
          "dataset_param.attr",
          "dataset_param.basic_parameters",
          "dataset_param.basic_parameters.dataset",
          "dataset_param.dataset_type",
          "dataset_param.preprocess_parameters");

  @ParameterizedTest
  @ValueSource(
      strings = {"quickstart/model", "qwen2vl/model_2b", "qwen2vl/model_7b", "qwen2vl/model_72b"})
  void eachRequiredModelKeyIsMissedByName(String name) throws IOException {
    assertRequired(name, REQUIRED_OF_MODELS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quickstart/data",
        "qwen2vl/data_2b",
        "qwen2vl/data_7b",
        "qwen2vl/data_72b",
        "qwen2vl/data_72b_dpo"
      })
  void eachRequiredDataKeyIsMissedByName(String name) throws IOException {
    assertRequired(name, REQUIRED_OF_DATA);
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart/tools", "qwen2vl/tools"})
  void anyToolsKeyMayBeLeftOut(String name) throws IOException {
    assertRequired(name, List.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quickstart/model",
        "quickstart/data",
        "qwen2vl/model_2b",
        "qwen2vl/model_7b",
        "qwen2vl/model_72b",
        "qwen2vl/data_2b",
        "qwen2vl/data_72b_dpo"
      })
  void eachMisspeltKeyIsPointedToTheRightOne(String name) throws IOException {
    String text = text(name);
    for (String path : paths("", json(text))) {
      String wrong = misspell(path);
      String hint = "unknown key; did you mean " + path + "?";

      assertThat(problemsOf(() -> parse(name, renamed(text, path, wrong))))
          .as("%s instead of %s", wrong, path)
          .filteredOn(problem -> problem.startsWith(name + ".json: " + wrong + " = "))
          .singleElement()
          .asString()
          .endsWith(hint);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart/model", "quickstart/data", "qwen2vl/data_72b_dpo"})
  void aValueOfAnotherKindIsNamedWithItsKey(String name) throws IOException {
    String text = text(name);
    for (Map.Entry<String, JsonNode> leaf : leaves(text).entrySet()) {
      String other = leaf.getValue().isTextual() ? "true" : "\"a text\"";
      String changed = with(text, leaf.getKey(), other);

      assertThat(problemsOf(() -> parse(name, changed)))
          .as("%s = %s", leaf.getKey(), other)
          .allSatisfy(problem -> assertThat(problem).contains(leaf.getKey()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart/fsdp2.yaml", "qwen2vl/fsdp2_config.yaml"})
  void anyShardingKeyMayBeLeftOutAndNoneMayBeMisspelt(String name) throws IOException {
    String text = Files.readString(EXAMPLES.resolve(name));
    List<String> keys =
        text.lines()
            .filter(line -> line.matches("[a-z0-9_]+:.*"))
            .map(line -> line.substring(0, line.indexOf(':')))
            .toList();
    assertThat(keys).isNotEmpty();
    for (String key : keys) {
      String wrong = misspell(key);
      assertThat(
              problemsOf(
                  () ->
                      ConfigLoader.parseFsdp2(
                          name, text.replaceFirst("(?m)^" + key + ":", wrong + ":"))))
          .singleElement()
          .asString()
          .startsWith(name + ": " + wrong + " = ")
          .endsWith("unknown key; did you mean " + key + "?");
    }
  }

  private static void assertRequired(String name, List<String> required) throws IOException {
    String text = text(name);
    TreeSet<String> missed = new TreeSet<>();
    for (String path : paths("", json(text))) {
      Optional<List<String>> problems = problems(name, without(text, path));
      if (problems.isPresent()) {
        missed.add(path);
        assertThat(problems.get())
            .as("without %s", path)
            .singleElement()
            .asString()
            .startsWith(name + ".json: " + path + ": ")
            .containsPattern(IN_VIEW_OF_OTHERS.getOrDefault(path, "is required"));
      }
    }
    assertThat(missed).containsExactlyElementsOf(required);
  }

  private static Optional<List<String>> problems(String name, String text) {
    try {
      parse(name, text);
      return Optional.empty();
    } catch (ConfigException e) {
      return Optional.of(e.problems().stream().map(Object::toString).toList());
    }
  }

  private static void parse(String name, String text) {
    String kind = name.substring(name.indexOf('/') + 1).split("_", -1)[0];
    switch (kind) {
      case "model" -> ConfigLoader.parseModel(name + ".json", text);
      case "data" -> ConfigLoader.parseData(name + ".json", text);
      case "tools" -> ConfigLoader.parseTools(name + ".json", text);
      default -> throw new IllegalArgumentException(kind);
    }
  }

  /** The paths of all keys, those of objects included, but not those of free names. */
  private static List<String> paths(String prefix, JsonNode object) {
    List<String> paths = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      String path = prefix + entry.getKey();
      paths.add(path);
      if (entry.getValue().isObject() && !path.equals("patch")) {
        paths.addAll(paths(path + ".", entry.getValue()));
      }
    }
    return paths;
  }

  /** Leaves with a value whose kind is fixed: null and lists are left out. */
  private static Map<String, JsonNode> leaves(String text) {
    Map<String, JsonNode> leaves = new TreeMap<>();
    for (String path : paths("", json(text))) {
      JsonNode value = json(text).at("/" + path.replace('.', '/'));
      if (value.isValueNode() && !value.isNull()) {
        leaves.put(path, value);
      }
    }
    return leaves;
  }

  /** Doubles the letter in the middle of the last name of a path. */
  private static String misspell(String path) {
    int start = path.lastIndexOf('.') + 1;
    int middle = start + (path.length() - start) / 2;
    return path.substring(0, middle) + path.charAt(middle) + path.substring(middle);
  }

  private static String renamed(String text, String path, String wrong) {
    ObjectNode root = json(text);
    int dot = path.lastIndexOf('.');
    JsonNode parent = dot < 0 ? root : root.at("/" + path.substring(0, dot).replace('.', '/'));
    JsonNode value = ((ObjectNode) parent).remove(path.substring(dot + 1));
    ((ObjectNode) parent).set(wrong.substring(dot + 1), value);
    return root.toString();
  }

  private static String text(String name) throws IOException {
    try (Stream<String> lines = Files.lines(EXAMPLES.resolve(name + ".json"))) {
      return String.join("\n", lines.toList());
    }
  }
}
