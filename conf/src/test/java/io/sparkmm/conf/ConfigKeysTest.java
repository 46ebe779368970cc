package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigSection.Dialect;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The accepted keys of every source stand in files, so that a review sees when one comes or goes.
 * Each file must list exactly the keys that are read; add or remove the line by hand.
 */
class ConfigKeysTest {
  private static final ObjectNode EMPTY = JsonNodeFactory.instance.objectNode();

  @Test
  void modelKeys() throws IOException {
    ConfigSection section = section("model.json", Dialect.JSON);
    ModelConfig.read(section, EMPTY);
    assertKeys("model.json", section.knownKeys());
  }

  @Test
  void dataKeys() throws IOException {
    ConfigSection section = section("data.json", Dialect.JSON);
    DataConfig.read(section);
    assertKeys("data.json", section.knownKeys());
  }

  @Test
  void toolsKeys() throws IOException {
    ConfigSection section = section("tools.json", Dialect.JSON);
    ToolsConfig.read(section);
    assertKeys("tools.json", section.knownKeys());
  }

  @Test
  void fsdp2Keys() throws IOException {
    ConfigSection section = section("fsdp2.yaml", Dialect.YAML);
    Fsdp2Config.read(section);
    assertKeys("fsdp2.yaml", section.knownKeys());
  }

  @Test
  void launchOptions() throws IOException {
    ConfigSection section = section(LaunchArguments.FILE, Dialect.ARGUMENTS);
    LaunchArguments.read(section, Optional.empty());
    assertKeys("launch", section.knownKeys());
  }

  @Test
  void environmentVariables() throws IOException {
    assertKeys("environment", EnvironmentSettings.knownNames());
  }

  @Test
  void theHandbookListsEveryKey() throws IOException {
    String handbook = Files.readString(Path.of("..", "docs", "configuration.md"));
    for (String source :
        new String[] {
          "model.json", "data.json", "tools.json", "fsdp2.yaml", "launch", "environment"
        }) {
      for (String key : golden(source).lines().toList()) {
        String name = key.substring(key.lastIndexOf('.') + 1);
        assertThat(handbook).as("%s of %s", key, source).contains("`" + name + "`");
      }
    }
  }

  private static ConfigSection section(String file, Dialect dialect) {
    return ConfigSection.root(file, dialect, EMPTY, new ConfigProblems());
  }

  private static void assertKeys(String name, Collection<String> keys) throws IOException {
    String listed = keys.stream().map(key -> key + "\n").collect(Collectors.joining());
    assertThat(listed).as("keys/" + name + ".txt").isEqualTo(golden(name));
  }

  private static String golden(String name) throws IOException {
    try (InputStream in = ConfigKeysTest.class.getResourceAsStream("keys/" + name + ".txt")) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
