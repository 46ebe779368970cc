package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What several test classes need: edited JSON, problems as texts, comparison of printed keys. */
public final class ConfigTesting {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** The smallest data file that is accepted. */
  public static final String MINIMAL_DATA =
      """
      {
        "dataset_param": {
          "dataset_type": "huggingface",
          "preprocess_parameters": {},
          "basic_parameters": {"dataset": "a.json"},
          "attr": {}
        },
        "dataloader_param": {
          "dataloader_mode": "sampler",
          "collate_param": {"model_name": "qwen2vl", "ignore_pad_token_for_loss": true}
        }
      }
      """;

  /** The smallest model file that is accepted: a head size of 24. */
  public static final String MINIMAL_MODEL =
      """
      {
        "model_id": "qwen2vl",
        "img_context_token_id": 7,
        "image_encoder": {
          "vision_encoder": {"num_layers": 2, "hidden_size": 64, "num_attention_heads": 4},
          "vision_projector": {"input_size": 64, "hidden_size": 96}
        },
        "text_decoder": {
          "num_layers": 3,
          "hidden_size": 96,
          "num_attention_heads": 4,
          "vocab_size": 512,
          "max_position_embeddings": 2048,
          "mrope_section": [4, 4, 4]
        }
      }
      """;

  /** The fewest launch arguments that are accepted on their own. */
  public static final List<String> MINIMAL_ARGUMENTS =
      List.of(
          "--micro-batch-size", "1", "--seq-length", "64", "--train-iters", "10", "--lr", "1e-5");

  private ConfigTesting() {}

  /** A JSON text as a tree. */
  public static ObjectNode json(String text) {
    try {
      return (ObjectNode) MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** A JSON text with the value at a dotted path replaced; objects on the way are created. */
  public static String with(String text, String path, String value) {
    ObjectNode root = json(text);
    ObjectNode object = root;
    List<String> keys = List.of(path.split("\\.", -1));
    for (String key : keys.subList(0, keys.size() - 1)) {
      JsonNode child = object.path(key);
      object = child.isObject() ? (ObjectNode) child : object.putObject(key);
    }
    try {
      object.set(keys.get(keys.size() - 1), MAPPER.readTree(value));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
    return root.toString();
  }

  /** A JSON text without the value at a dotted path. */
  public static String without(String text, String path) {
    ObjectNode root = json(text);
    int dot = path.lastIndexOf('.');
    JsonNode parent = dot < 0 ? root : root.at("/" + path.substring(0, dot).replace('.', '/'));
    ((ObjectNode) parent).remove(path.substring(dot + 1));
    return root.toString();
  }

  /** The problems of the exception that a call ends with, as texts. */
  public static List<String> problemsOf(ThrowingCallable call) {
    ConfigException exception = catchThrowableOfType(ConfigException.class, call);
    assertThat(exception).as("the call must fail").isNotNull();
    assertThat(exception.getMessage().lines().skip(1))
        .as("one line per problem")
        .hasSameSizeAs(exception.problems());
    return exception.problems().stream().map(ConfigProblem::toString).toList();
  }

  /** Minimal launch arguments followed by others. */
  public static List<String> arguments(String... more) {
    List<String> all = new ArrayList<>(MINIMAL_ARGUMENTS);
    all.addAll(Arrays.asList(more));
    return all;
  }

  /**
   * Checks that a test which sets every key really does.
   *
   * @param defaults printed keys of the defaults
   * @param changed printed keys with every key set
   * @param except keys that accept one value only
   */
  public static void assertEveryKeyDiffers(
      List<String> defaults, List<String> changed, Set<String> except) {
    Map<String, String> before = byKey(defaults);
    Map<String, String> after = byKey(changed);
    assertThat(after.keySet()).isEqualTo(before.keySet());
    List<String> same =
        before.keySet().stream()
            .filter(key -> before.get(key).equals(after.get(key)))
            .filter(key -> !except.contains(key))
            .toList();
    assertThat(same).as("keys that kept their default").isEmpty();
  }

  private static Map<String, String> byKey(List<String> lines) {
    Map<String, String> byKey = new TreeMap<>();
    for (String line : lines) {
      int equals = line.indexOf(" = ");
      byKey.put(line.substring(0, equals), line.substring(equals + 3));
    }
    return byKey;
  }
}
