package io.sparkmm.data.template;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.ConfigSection;
import io.sparkmm.conf.ConfigSection.Dialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A JSON file of a user's templates: an object whose keys are the templates' names. A template may
 * start from a built-in one, named by {@code extends}; whatever else it says replaces the built-in
 * value.
 */
public final class TemplateFile {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private TemplateFile() {}

  /**
   * Reads a file.
   *
   * @return the built-in templates and the file's
   * @throws io.sparkmm.conf.ConfigException with all problems of the file
   */
  public static ChatTemplates read(Path file) {
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (IOException e) {
      ConfigProblems problems = new ConfigProblems();
      problems.add(file.toString(), "", "", "cannot be read as UTF-8 text: " + e);
      problems.throwIfAny();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Parses the content of a file.
   *
   * @param name what messages call it
   * @return the built-in templates and the file's
   * @throws io.sparkmm.conf.ConfigException with all problems of the file
   */
  public static ChatTemplates parse(String name, String json) {
    ConfigProblems problems = new ConfigProblems();
    List<ChatTemplate> templates = new ArrayList<>();
    try {
      JsonNode root = MAPPER.readTree(json);
      ConfigSection file = ConfigSection.root(name, Dialect.JSON, root, problems);
      for (Map.Entry<String, JsonNode> entry : root.properties()) {
        checkName(file, entry.getKey());
        new TemplateReader(file.requiredSection(entry.getKey()), entry.getKey())
            .read()
            .ifPresent(templates::add);
      }
      file.finish();
    } catch (JsonProcessingException e) {
      problems.add(name, "", "", "cannot be read as JSON: " + e.getOriginalMessage());
    }
    problems.throwIfAny();
    return ChatTemplates.standard().plus(templates);
  }

  private static void checkName(ConfigSection file, String name) {
    if (name.isBlank()) {
      file.problems().add(file.file(), name, "", "a template needs a name");
    } else if (ChatTemplates.standard().names().contains(name)) {
      file.problems()
          .add(
              file.file(),
              name,
              "",
              "is the name of a built-in template; choose another one and start from the built-in"
                  + " one by \"extends\": \""
                  + name
                  + "\"");
    }
  }
}
