package io.sparkmm.conf.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigProblems;
import java.io.StringReader;
import java.math.BigInteger;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * YAML to a JSON tree. Blanks and tabs at the ends of lines are dropped first, because published
 * samples have tabs where YAML allows none. Anchors, aliases and merge keys work within limits; a
 * key that stands twice, a tree that contains itself and one that unfolds beyond {@value
 * #MAX_VALUES} values are refused. Dates stay texts.
 */
public final class YamlText {
  static final int MAX_VALUES = 100_000;

  private static final Pattern LINE_END = Pattern.compile("[ \\t]+(?=\\r?\\n|\\z)");
  private static final Pattern LEADING_ZERO = Pattern.compile("[-+]?0[0-9_]+");

  /** Knows all plain types but dates. */
  private static final class NoDates extends Resolver {
    @Override
    public void addImplicitResolver(Tag tag, Pattern pattern, String first, int limit) {
      if (!tag.equals(Tag.TIMESTAMP)) {
        super.addImplicitResolver(tag, pattern, first, limit);
      }
    }
  }

  private final Set<Object> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private int values;

  private YamlText() {}

  /** The document as a tree; an empty document is an empty object. */
  static Optional<JsonNode> parse(String file, String text, ConfigProblems problems) {
    String cleaned = LINE_END.matcher(text).replaceAll("");
    try {
      // Loading comes first: it limits the depth, which events alone do not.
      Object document = yaml().load(cleaned);
      warnOfOctals(file, cleaned, problems);
      if (document == null) {
        problems.warn(file, "", "", "the file is empty: every key has its default");
        return Optional.of(JsonNodeFactory.instance.objectNode());
      }
      return Optional.of(new YamlText().toJson(document));
    } catch (MarkedYAMLException e) {
      problems.add(file, "", "", "cannot be read as YAML" + describe(e, cleaned));
    } catch (YAMLException e) {
      problems.add(file, "", "", "cannot be read as YAML: " + e.getMessage());
    }
    return Optional.empty();
  }

  /**
   * The value that a text spells, such as an argument of a command line; a null node for an empty
   * text.
   *
   * @throws YAMLException when it is no YAML or unfolds beyond the limit; the message tells why
   *     and, where known, at which line
   */
  public static JsonNode read(String text) {
    String cleaned = LINE_END.matcher(text).replaceAll("");
    try {
      Object document = yaml().load(cleaned);
      return new YamlText().toJson(document);
    } catch (MarkedYAMLException e) {
      throw new YAMLException("cannot be read as YAML" + describe(e, cleaned), e);
    }
  }

  private static Yaml yaml() {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    DumperOptions dumper = new DumperOptions();
    return new Yaml(
        new SafeConstructor(options), new Representer(dumper), dumper, options, new NoDates());
  }

  private static String describe(MarkedYAMLException e, String text) {
    Mark mark = e.getProblemMark();
    String problem = e.getProblem() == null ? e.getMessage() : e.getProblem();
    if (mark == null) {
      return ": " + problem;
    }
    String[] lines = text.split("\\r?\\n", -1);
    String line = mark.getLine() < lines.length ? lines[mark.getLine()] : "";
    boolean pattern = line.contains("{") || line.contains("*");
    return " at line "
        + (mark.getLine() + 1)
        + ", column "
        + (mark.getColumn() + 1)
        + ": "
        + problem.strip()
        + (pattern ? "; put module patterns between quotes" : "");
  }

  private static void warnOfOctals(String file, String text, ConfigProblems problems) {
    for (Event event : yaml().parse(new StringReader(text))) {
      boolean plain = event instanceof ScalarEvent scalar && scalar.isPlain();
      if (plain && LEADING_ZERO.matcher(((ScalarEvent) event).getValue()).matches()) {
        problems.warn(
            file,
            "",
            ((ScalarEvent) event).getValue(),
            "is read as an octal number at line " + (event.getStartMark().getLine() + 1));
      }
    }
  }

  private JsonNode toJson(Object value) {
    if (++values > MAX_VALUES) {
      throw new YAMLException("the document has more than " + MAX_VALUES + " values");
    }
    JsonNodeFactory factory = JsonNodeFactory.instance;
    if (value == null) {
      return factory.nullNode();
    } else if (value instanceof Map<?, ?> map) {
      return toObject(map);
    } else if (value instanceof Iterable<?> list) {
      return toArray(list);
    } else if (value instanceof Boolean flag) {
      return factory.booleanNode(flag);
    } else if (value instanceof Integer number) {
      return factory.numberNode(number);
    } else if (value instanceof Long number) {
      return factory.numberNode(number);
    } else if (value instanceof BigInteger number) {
      return factory.numberNode(number);
    } else if (value instanceof Double number) {
      return factory.numberNode(number);
    } else if (value instanceof String text) {
      return factory.textNode(text);
    }
    throw new YAMLException("a value of type " + value.getClass().getSimpleName());
  }

  private JsonNode toObject(Map<?, ?> map) {
    enter(map);
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (object.has(String.valueOf(entry.getKey()))) {
        throw new YAMLException("the key " + entry.getKey() + " stands twice");
      }
      object.set(String.valueOf(entry.getKey()), toJson(entry.getValue()));
    }
    open.remove(map);
    return object;
  }

  private JsonNode toArray(Iterable<?> list) {
    enter(list);
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (Object element : list) {
      array.add(toJson(element));
    }
    open.remove(list);
    return array;
  }

  private void enter(Object container) {
    if (!open.add(container)) {
      throw new YAMLException("an alias refers to a value that contains it");
    }
  }
}
