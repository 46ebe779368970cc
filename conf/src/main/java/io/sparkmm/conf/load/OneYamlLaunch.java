package io.sparkmm.conf.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigProblems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The launch form in which one YAML file holds arguments, data and model. Keys of {@code gpt_args}
 * and {@code lora_args} are flattened: only the leaves count, a later leaf of the same name
 * replaces an earlier one. Leaves that are false or null are left out.
 */
final class OneYamlLaunch {
  private OneYamlLaunch() {}

  /** Whether the command line has this form. */
  static boolean isUsed(List<String> arguments) {
    return !arguments.isEmpty() && arguments.get(0).endsWith(".yaml");
  }

  /** The arguments that the file stands for, followed by those that follow it. */
  static List<String> expand(List<String> arguments, ConfigProblems problems) {
    String path = arguments.get(0);
    List<String> expanded = new ArrayList<>();
    ConfigFile.load(ConfigFile.Kind.LAUNCH, path, problems)
        .ifPresent(file -> expanded.addAll(expand(file, problems)));
    expanded.addAll(arguments.subList(1, arguments.size()));
    return expanded;
  }

  static List<String> expand(ConfigFile file, ConfigProblems problems) {
    ObjectNode root = file.content();
    Map<String, JsonNode> leaves = new LinkedHashMap<>();
    JsonNode gptArgs = root.path("gpt_args");
    if (!gptArgs.isObject()) {
      problems.add(file.name(), "gpt_args", "", "is required: expected an object of arguments");
    }
    flatten(gptArgs, leaves);
    JsonNode loraArgs = root.path("lora_args");
    if (!loraArgs.isObject() && !loraArgs.isNull() && !loraArgs.isMissingNode()) {
      problems.add(file.name(), "lora_args", "", "expected an object of arguments");
    }
    flatten(loraArgs, leaves);
    List<String> arguments = new ArrayList<>();
    leaves.forEach(
        (key, value) -> {
          if (isOption(value)) {
            append(key, value, arguments);
          } else {
            problems.add(
                file.name(), key, "", "expected texts, numbers, true or false in the list");
          }
        });
    JsonNode tools = root.path("MM_TOOL_PATH");
    if (tools.isTextual()) {
      arguments.addAll(List.of("--mm-tool", tools.textValue()));
    } else {
      problems.add(file.name(), "MM_TOOL_PATH", "", "is required: expected the path of tools.json");
    }
    arguments.addAll(List.of("--mm-data", file.name(), "--mm-model", file.name()));
    return arguments;
  }

  private static void flatten(JsonNode object, Map<String, JsonNode> leaves) {
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      if (entry.getValue().isObject()) {
        flatten(entry.getValue(), leaves);
      } else {
        leaves.put(entry.getKey(), entry.getValue());
      }
    }
  }

  /** Whether a leaf can stand on the command line: a list must hold single values only. */
  private static boolean isOption(JsonNode leaf) {
    for (JsonNode element : leaf) {
      if (!element.isValueNode() || element.isNull()) {
        return false;
      }
    }
    return true;
  }

  private static void append(String key, JsonNode value, List<String> arguments) {
    if (value.isNull() || (value.isBoolean() && !value.booleanValue())) {
      return;
    }
    arguments.add("--" + key.replace('_', '-'));
    if (value.isArray()) {
      value.forEach(element -> arguments.add(element.asText()));
    } else if (!value.isBoolean()) {
      arguments.add(value.asText());
    }
  }
}
