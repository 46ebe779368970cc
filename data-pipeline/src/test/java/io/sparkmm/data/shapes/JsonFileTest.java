package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonFileTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir private Path folder;

  private static ObjectNode node(int value) {
    return MAPPER.createObjectNode().put("a", value).put("b", "ü😀");
  }

  @Test
  void arraysHaveARecordALine() throws IOException {
    Path file = folder.resolve("x.json");
    try (JsonFile json = JsonFile.array(file)) {
      json.add(node(1));
      json.add(node(2));
    }
    assertThat(file)
        .content()
        .isEqualTo("[\n{\"a\":1,\"b\":\"ü😀\"},\n{\"a\":2,\"b\":\"ü😀\"}\n]\n");
    assertThat(MAPPER.readTree(file.toFile())).hasSize(2);
  }

  @Test
  void emptyArraysAreValid() throws IOException {
    Path file = folder.resolve("x.json");
    JsonFile.array(file).close();
    assertThat(MAPPER.readTree(file.toFile())).isEmpty();
  }

  @Test
  void linesEndWithALineFeed() throws IOException {
    Path file = folder.resolve("x.jsonl");
    try (JsonFile json = JsonFile.lines(file)) {
      json.add(node(1));
      json.add(node(2));
    }
    assertThat(file).content().isEqualTo("{\"a\":1,\"b\":\"ü😀\"}\n{\"a\":2,\"b\":\"ü😀\"}\n");
  }

  @Test
  void singleValuesAreIndented() throws IOException {
    Path file = folder.resolve("x.json");
    JsonFile.write(file, node(1));
    assertThat(file).content().isEqualTo("{\n  \"a\" : 1,\n  \"b\" : \"ü😀\"\n}\n");
  }
}
