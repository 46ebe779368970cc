package io.sparkmm.conf.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.ConfigSection;
import io.sparkmm.conf.ConfigSection.Dialect;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One configuration file in memory.
 *
 * @param name what messages call it, usually its path as the user wrote it
 * @param dialect how its values are written
 * @param content its outermost object
 */
record ConfigFile(String name, Dialect dialect, ObjectNode content) {
  private static final long MAX_BYTES = 16L << 20;

  /** What a file is about, and what its section of a YAML file is called. */
  enum Kind {
    MODEL("model configuration", "model"),
    DATA("data configuration", "data"),
    TOOLS("tools configuration", "tool"),
    FSDP2("FSDP2 configuration", ""),
    LAUNCH("launch configuration", "");

    private final String title;
    private final String section;

    Kind(String title, String section) {
      this.title = title;
      this.section = section;
    }

    /** A key of a YAML file; empty if the whole file is meant. */
    String section() {
      return section;
    }
  }

  /** The object to read, reporting to a collector. */
  ConfigSection section(ConfigProblems problems) {
    return ConfigSection.root(name, dialect, content, problems);
  }

  /** Reads and parses a file; the suffix of the real path decides on the format. */
  static Optional<ConfigFile> load(Kind kind, String path, ConfigProblems problems) {
    try {
      Path real = Path.of(path).toRealPath();
      String suffix = suffixOf(real.getFileName().toString());
      if (!isSuffixAccepted(kind, suffix)) {
        problems.add(path, "", "", unsupportedSuffix(kind, suffix));
        return Optional.empty();
      }
      if (Files.isRegularFile(real) && Files.size(real) > MAX_BYTES) {
        problems.add(path, "", "", kind.title + " is larger than " + MAX_BYTES + " bytes");
        return Optional.empty();
      }
      byte[] bytes = Files.readAllBytes(real);
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return parse(kind, path, suffix, text, problems);
    } catch (NoSuchFileException e) {
      problems.add(path, "", "", kind.title + " cannot be read: there is no such file");
    } catch (AccessDeniedException e) {
      problems.add(path, "", "", kind.title + " cannot be read: permission denied");
    } catch (CharacterCodingException e) {
      problems.add(path, "", "", kind.title + " cannot be read: it is not UTF-8 text");
    } catch (IOException | InvalidPathException e) {
      problems.add(path, "", "", kind.title + " cannot be read: " + e.getMessage());
    }
    return Optional.empty();
  }

  /** Parses a text; the suffix of the name decides on the format. */
  static Optional<ConfigFile> parse(Kind kind, String name, String text, ConfigProblems problems) {
    String suffix = suffixOf(name);
    if (!isSuffixAccepted(kind, suffix)) {
      problems.add(name, "", "", unsupportedSuffix(kind, suffix));
      return Optional.empty();
    }
    return parse(kind, name, suffix, text, problems);
  }

  private static Optional<ConfigFile> parse(
      Kind kind, String name, String suffix, String text, ConfigProblems problems) {
    boolean json = suffix.equals(".json");
    ConfigProblems unread = new ConfigProblems();
    Optional<JsonNode> document =
        json ? JsonText.parse(name, text, unread) : YamlText.parse(name, text, unread);
    unread
        .problems()
        .forEach(p -> problems.add(p.file(), p.key(), p.value(), kind.title + " " + p.message()));
    unread.warnings().forEach(w -> problems.warn(w.file(), w.key(), w.value(), w.message()));
    if (document.isEmpty()) {
      return Optional.empty();
    }
    Dialect dialect = json ? Dialect.JSON : Dialect.YAML;
    JsonNode content = document.get();
    if (!json && !kind.section.isEmpty()) {
      if (!content.hasNonNull(kind.section)) {
        problems.add(name, kind.section, "", "the section is missing in this YAML file");
        return Optional.empty();
      }
      content = content.get(kind.section);
    }
    if (!content.isObject()) {
      ConfigSection.root(name, dialect, content, problems);
      return Optional.empty();
    }
    return Optional.of(new ConfigFile(name, dialect, (ObjectNode) content));
  }

  private static boolean isSuffixAccepted(Kind kind, String suffix) {
    return kind == Kind.FSDP2
        ? suffix.equals(".yaml") || suffix.equals(".yml")
        : suffix.equals(".yaml") || suffix.equals(".json");
  }

  private static String unsupportedSuffix(Kind kind, String suffix) {
    String found = suffix.isEmpty() ? "no suffix" : "suffix " + suffix;
    String accepted = kind == Kind.FSDP2 ? ".yaml or .yml" : ".json or .yaml";
    return "unsupported config suffix: the "
        + kind.title
        + " has "
        + found
        + ", expected "
        + accepted;
  }

  private static String suffixOf(String name) {
    String file = name.substring(name.lastIndexOf('/') + 1);
    int dot = file.lastIndexOf('.');
    return dot < 0 ? "" : file.substring(dot);
  }
}
