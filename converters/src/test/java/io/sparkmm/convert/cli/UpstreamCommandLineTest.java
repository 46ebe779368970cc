package io.sparkmm.convert.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.args.ArgumentParser;
import io.sparkmm.convert.args.Entry;
import io.sparkmm.convert.args.Group;
import io.sparkmm.convert.args.Option;
import io.sparkmm.convert.args.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares options and parsing with what {@code make_cli.py} recorded of upstream's converter. */
final class UpstreamCommandLineTest {

  /** In what SparkMM refuses values that upstream accepts. */
  private static final Map<String, String> STRICTER =
      Map.of(
          "fraction", "2.0 is no integer: a size with a fraction is a slip",
          "truth value", "true is no integer",
          "range", "sizes fit into 32 bits",
          "empty path", "an empty variable of a shell must not mean the current directory",
          "unknown key", "a configuration with unknown keys is not printed as if it had none",
          "any value", "a factor must be a number, not any value");

  private static final Path GOLDEN = Path.of("src/test/golden/cli");
  private static final Pattern COMMENT =
      Pattern.compile("( *)# .*?(\\((required, )?type: .*\\))?$");

  private final ObjectMapper mapper = new ObjectMapper();
  private final Converters converters = Converters.standard();

  @TempDir private Path folder;

  @Test
  void optionsAreThoseOfUpstream() throws IOException {
    JsonNode tables = mapper.readTree(GOLDEN.resolve("tables.json").toFile());

    assertThat(tables.size()).isGreaterThan(15);
    for (Map.Entry<String, JsonNode> table : tables.properties()) {
      List<JsonNode> rows = new ArrayList<>();
      converters
          .command(List.of(table.getKey().split(" ")))
          .syntax()
          .entries()
          .forEach(entry -> rows("", entry, rows));

      assertThat(rows).as(table.getKey()).containsExactlyElementsOf(table.getValue());
    }
  }

  private static void rows(String prefix, Entry entry, List<JsonNode> rows) {
    ObjectNode row = JsonNodeFactory.instance.objectNode().put("name", prefix + entry.name());
    rows.add(row);
    if (entry instanceof Option option) {
      row.put("placeholder", option.type().placeholder(option.name()));
      row.put("required", option.required());
      row.put("type", option.type().text());
      row.put("default", option.required() ? null : defaultText(option));
      row.put("appendable", option.type().isList());
    } else if (entry instanceof Group group) {
      row.put("group", true);
      group.entries().forEach(inner -> rows(prefix + group.name() + ".", inner, rows));
    }
  }

  /** Upstream gives an empty path as default, which its configurations print as a dot. */
  private static String defaultText(Option option) {
    String text = option.defaultText();
    return option.type().equals(Option.PATH) && text.equals(".") ? "" : text;
  }

  @Test
  void parsingIsThatOfUpstreamUnlessStricterOnPurpose() throws IOException {
    Files.createDirectory(folder.resolve("hf"));
    JsonNode cases = mapper.readTree(GOLDEN.resolve("cases.json").toFile());
    List<String> differences = new ArrayList<>();
    TreeSet<String> used = new TreeSet<>();

    for (JsonNode example : cases) {
      boolean tagged = false;
      for (JsonNode tag : example.path("tags")) {
        assertThat(STRICTER).containsKey(tag.textValue());
        used.add(tag.textValue());
        tagged = true;
      }
      ObjectNode expected = JsonNodeFactory.instance.objectNode();
      List.of("exit", "values", "printed").stream()
          .filter(example::has)
          .forEach(key -> expected.set(key, example.get(key)));
      boolean refused = tagged || example.path("exit").intValue() == 2;
      ObjectNode actual = outcome(example);
      boolean same = refused ? actual.path("exit").intValue() == 2 : equal(actual, expected);
      if (!same) {
        actual.remove("usage");
        differences.add(example + "\n    but is " + actual);
      }
    }

    assertThat(cases.size()).isGreaterThan(500);
    assertThat(used).isEqualTo(new TreeSet<>(STRICTER.keySet()));
    assertThat(String.join("\n", differences)).isEmpty();
  }

  private static boolean equal(ObjectNode actual, ObjectNode expected) {
    // Numbers of JSON: 1 and 1.0 are told apart, int and long are not.
    return actual.toString().equals(expected.toString());
  }

  private ObjectNode outcome(JsonNode example) throws IOException {
    for (Map.Entry<String, JsonNode> file : example.path("files").properties()) {
      Files.writeString(folder.resolve(file.getKey()), real(file.getValue().textValue()));
    }
    Map<String, String> environment = new TreeMap<>();
    if (example.has("env")) {
      environment.put("JSONARGPARSE_DEFAULT_ENV", "true");
      example
          .path("env")
          .properties()
          .forEach(e -> environment.put(e.getKey(), real(e.getValue().textValue())));
    }
    List<String> args = new ArrayList<>();
    example.path("args").forEach(arg -> args.add(real(arg.textValue())));

    Request request = new ArgumentParser(converters.root(), environment).parse(args);

    ObjectNode result = JsonNodeFactory.instance.objectNode();
    if (request instanceof Request.Refused refused) {
      result.put("exit", 2);
      refused.problems().forEach(result.withArray("problems")::add);
    } else if (request instanceof Request.Show show) {
      result.put("exit", 0);
      show.text().lines().map(this::normal).forEach(result.withArray("printed")::add);
    } else if (request instanceof Request.Run run) {
      result.put("exit", 0);
      ObjectNode values = result.putObject("values");
      List<String> order = new ArrayList<>();
      example.path("values").properties().forEach(e -> order.add(e.getKey()));
      run.settings().changes().keySet().stream()
          .filter(k -> !order.contains(k))
          .forEach(order::add);
      for (String name : order) {
        JsonNode value = run.settings().changes().get(name);
        if (value != null) {
          values.set(name, mapper.readTree(value.toString().replace(folder.toString(), "@")));
        }
      }
    }
    return result;
  }

  private String normal(String line) {
    Matcher comment = COMMENT.matcher(line);
    String text = line;
    if (comment.matches()) {
      text = comment.group(1) + "#" + (comment.group(2) == null ? "" : " " + comment.group(2));
    }
    return text.replace(folder.toString(), "@")
        .replace("(type: <class 'Path'>, default: .)", "(type: <class 'Path'>, default: )");
  }

  private String real(String text) {
    return text.replace("@", folder.toString());
  }
}
