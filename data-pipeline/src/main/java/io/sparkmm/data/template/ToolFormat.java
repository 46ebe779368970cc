package io.sparkmm.data.template;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.conf.NamedValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a tool call is written. A call turn holds JSON, {@code {"name": ..., "arguments": ...}} or a
 * list of these, alone or between {@code <tool_call>} and {@code </tool_call>}; a thought and other
 * text around it are kept in front.
 */
public enum ToolFormat implements NamedValue {
  /** {@code Action: name}, and on the next line {@code Action Input: arguments}. */
  DEFAULT {
    @Override
    String call(String name, JsonNode arguments) {
      return "Action: " + name + "\nAction Input: " + PythonJson.write(arguments);
    }
  },
  /** An object with name and arguments between {@code <tool_call>} lines. */
  QWEN {
    @Override
    String call(String name, JsonNode arguments) {
      return "<tool_call>\n{\"name\": "
          + PythonJson.write(name)
          + ", \"arguments\": "
          + PythonJson.write(arguments)
          + "}\n</tool_call>";
    }
  };

  private static final Pattern MARKED_CALL =
      Pattern.compile("<tool_call>(.*?)</tool_call>", Pattern.DOTALL);

  /** Thoughts of templates that have no rules about them. */
  private static final Pattern THOUGHT =
      Pattern.compile("<think>\n.*?\n</think>\n\n", Pattern.DOTALL);

  abstract String call(String name, JsonNode arguments);

  @Override
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The text of a call turn in this format.
   *
   * @param content the turn's text
   * @param reasoning the template's words for thoughts, if it has some
   * @throws ToolCallException if the turn holds no calls in JSON
   */
  String write(String content, Optional<Reasoning> reasoning) {
    Matcher marked = MARKED_CALL.matcher(content);
    if (marked.find()) {
      return content.replace(marked.group(), "") + calls(marked.group(1));
    }
    Pattern words =
        reasoning
            .map(
                rules ->
                    Pattern.compile(
                        Pattern.quote(rules.open()) + ".*?" + Pattern.quote(rules.close()),
                        Pattern.DOTALL))
            .orElse(THOUGHT);
    Matcher thought = words.matcher(content);
    if (thought.find()) {
      return thought.group() + calls(content.replace(thought.group(), ""));
    }
    return calls(content);
  }

  private String calls(String json) {
    JsonNode root = PythonJson.read(json);
    List<String> texts = new ArrayList<>();
    for (JsonNode one : root.isArray() ? root : List.of(root)) {
      JsonNode name = one.path("name");
      JsonNode arguments = one.path("arguments");
      if (!name.isTextual() || arguments.isMissingNode()) {
        throw new ToolCallException("a tool call needs a name and arguments");
      }
      texts.add(call(name.textValue(), arguments));
    }
    return String.join("\n", texts);
  }
}
