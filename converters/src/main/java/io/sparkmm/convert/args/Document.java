package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.load.YamlText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A mapping from a configuration file or from a value that spells one.
 *
 * @param tree what it says
 * @param origin where it comes from, for messages
 * @param folder where files that it names are looked for
 */
record Document(ObjectNode tree, String origin, Path folder) {

  private static final long LARGEST_FILE = 1 << 22;

  /**
   * Reads a file, or the value itself when there is no such file and it spells a mapping.
   *
   * @param value a file name or an inline mapping
   * @param folder where the file is looked for
   * @param giver what gave the value, for messages
   * @throws BadValue when there is neither
   */
  static Document load(String value, Path folder, String giver) {
    Optional<Path> file = file(value, folder);
    if (file.isPresent()) {
      String text = read(file.get(), value);
      Path parent = file.get().toAbsolutePath().getParent();
      return new Document(parse(text, value), value, parent == null ? folder : parent);
    }
    JsonNode inline = Spelling.yaml(value);
    if (inline instanceof ObjectNode tree) {
      return new Document(tree, giver, folder);
    }
    if (value.strip().startsWith("{")) {
      return new Document(parse(value, "the value"), giver, folder);
    }
    throw BadValue.of(
        "must name a configuration file or be a mapping; there is no file " + Spelling.show(value));
  }

  private static Optional<Path> file(String value, Path folder) {
    try {
      Path path = folder.resolve(value);
      if (Files.isDirectory(path) && !value.isEmpty()) {
        throw BadValue.of("must name a configuration file, " + value + " is a folder");
      }
      return Files.exists(path) && !value.isEmpty() ? Optional.of(path) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static String read(Path file, String name) {
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw BadValue.of("names the file " + name + ", which is too large for a configuration");
      }
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw BadValue.of("names the file " + name + ", which cannot be read: " + e);
    }
  }

  private static ObjectNode parse(String text, String name) {
    try {
      if (YamlText.read(text) instanceof ObjectNode tree) {
        return tree;
      }
      throw BadValue.of("needs a mapping, but " + name + " is none");
    } catch (YAMLException e) {
      throw BadValue.of("needs a mapping, but " + name + " " + e.getMessage());
    }
  }
}
