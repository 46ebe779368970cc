package io.sparkmm.convert.op;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A family of tensor names, such as {@code model.layers.{L}.mlp.{part}_proj.weight}. The whole name
 * must match. A placeholder of one capital letter stands for a number without leading zeros, {@code
 * {p}} for {@code weight} or {@code bias}, {@code {a|b}} for one of the words, and any other for
 * one or more characters.
 */
public final class KeyPattern {

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^}]+)}");

  private final String template;
  private final Pattern regex;
  private final Map<String, Integer> groups = new LinkedHashMap<>();

  private KeyPattern(String template) {
    this.template = template;
    StringBuilder text = new StringBuilder();
    Matcher placeholder = PLACEHOLDER.matcher(template);
    int at = 0;
    while (placeholder.find()) {
      text.append(Pattern.quote(template.substring(at, placeholder.start())));
      String name = placeholder.group(1);
      if (groups.put(name, groups.size() + 1) != null) {
        throw new IllegalArgumentException("Cannot use {" + name + "} twice in " + template);
      }
      text.append('(').append(expression(name)).append(')');
      at = placeholder.end();
    }
    text.append(Pattern.quote(template.substring(at)));
    this.regex = Pattern.compile(text.toString());
  }

  private static String expression(String name) {
    if (name.contains("|")) {
      return Pattern.compile("\\|")
          .splitAsStream(name)
          .map(Pattern::quote)
          .reduce((a, b) -> a + "|" + b)
          .orElseThrow();
    }
    if (name.equals("p")) {
      return "weight|bias";
    }
    boolean number = name.length() == 1 && Character.isUpperCase(name.charAt(0));
    return number ? "0|[1-9][0-9]{0,8}" : ".+";
  }

  /** The pattern of a template. */
  public static KeyPattern of(String template) {
    return new KeyPattern(template);
  }

  /** What the placeholders stand for in {@code key}; empty when it does not match. */
  public Optional<Map<String, String>> match(String key) {
    Matcher matcher = regex.matcher(key);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Map<String, String> values = new LinkedHashMap<>();
    groups.forEach((name, group) -> values.put(name, matcher.group(group)));
    return Optional.of(values);
  }

  /**
   * The name in which the placeholders are replaced.
   *
   * @throws IllegalArgumentException when a value is missing
   */
  public String fill(Map<String, String> values) {
    return PLACEHOLDER
        .matcher(template)
        .replaceAll(
            found -> {
              String value = values.get(found.group(1));
              if (value == null) {
                throw new IllegalArgumentException(
                    "Cannot fill " + template + ": no value for {" + found.group(1) + "}");
              }
              return Matcher.quoteReplacement(value);
            });
  }

  @Override
  public String toString() {
    return template;
  }
}
