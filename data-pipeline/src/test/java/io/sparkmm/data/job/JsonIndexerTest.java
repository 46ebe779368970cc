package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonIndexerTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir private Path folder;

  private static JsonIndex index(Path file, int recordsPerChunk, String... columns) {
    return JsonIndexer.index(
        file.toString(), new JsonIndex.Request(recordsPerChunk, Set.of(columns)), CONFIGURATION);
  }

  private static List<JsonRecord> read(JsonIndex index) {
    List<JsonRecord> records = new ArrayList<>();
    for (JsonChunk chunk : index.chunks()) {
      try (JsonChunkReader reader = new JsonChunkReader(chunk, CONFIGURATION)) {
        reader.forEachRemaining(records::add);
      }
    }
    return records;
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("records.json"), text);
  }

  @Property(seed = "1", tries = 200)
  void chunksOfAnySizeHoldTheSameRecords(
      @ForAll("texts") List<String> texts,
      @ForAll @IntRange(min = 1, max = 7) int recordsPerChunk,
      @ForAll boolean mark,
      @ForAll boolean lines,
      @ForAll boolean pretty)
      throws IOException {
    List<JsonNode> nodes = new ArrayList<>();
    StringBuilder file = new StringBuilder(mark ? "\ufeff" : "").append(pretty ? " \n" : "");
    file.append(lines ? "" : "[");
    for (String text : texts) {
      JsonNode node =
          MAPPER.createObjectNode().put("a", text).set("b", MAPPER.createArrayNode().add(1));
      nodes.add(node);
      String separator = nodes.size() == 1 ? "" : lines ? "\n" : ",";
      file.append(separator).append(pretty ? (lines ? "\n \r\n" : "\n  ") : "");
      file.append(pretty && !lines ? node.toPrettyString() : node.toString());
    }
    file.append(lines ? "" : "]").append(pretty ? "\n\n" : "");
    Path path = Files.createTempFile("records", ".json");
    try {
      Files.writeString(path, file);
      JsonIndex index = index(path, recordsPerChunk);
      List<JsonRecord> records = read(index);
      assertThat(records.stream().map(record -> record.node().orElseThrow()).toList())
          .isEqualTo(nodes);
      assertThat(records.stream().map(record -> (int) record.id().record()).toList())
          .isEqualTo(java.util.stream.IntStream.range(0, nodes.size()).boxed().toList());
      assertThat(index.records()).isEqualTo(nodes.size());
    } finally {
      Files.delete(path);
    }
  }

  @Provide
  Arbitrary<List<String>> texts() {
    return Arbitraries.strings()
        .ofMaxLength(30)
        .filter(text -> StandardCharsets.UTF_8.newEncoder().canEncode(text))
        .list()
        .ofMaxSize(20);
  }

  @Test
  void findsWhichColumnsNoRecordHas() throws IOException {
    Path array = write("[{\"a\": {\"x\": 1}}, 3, {\"b\": 2}]");
    assertThat(index(array, 1, "a", "b", "c", "x").missingColumns()).containsExactly("c", "x");
    Path lines = write("{\"a\": 1}\n{broken\n{\"b\": 2}\n");
    assertThat(index(lines, 1, "a", "b", "c").missingColumns()).containsExactly("c");
  }

  @Test
  void anArrayMayHoldOtherThingsThanObjects() throws IOException {
    assertThat(read(index(write("[1, \"x,]\", [], null, {}]"), 2)))
        .extracting(record -> record.node().orElseThrow().toString())
        .containsExactly("1", "\"x,]\"", "[]", "null", "{}");
  }

  @Test
  void aBrokenLineIsARecordWithoutContent() throws IOException {
    byte[] latin1 =
        "{\"a\": \"\u00e4\"}\n{\"a\": 1} 2\n{}\n{\"a\"\n".getBytes(StandardCharsets.ISO_8859_1);
    Path path = Files.write(folder.resolve("lines.jsonl"), latin1);

    List<JsonRecord> records = read(index(path, 10));

    assertThat(records).hasSize(4);
    assertThat(records.get(0).node()).isEmpty();
    assertThat(records.get(0).problem()).contains("UTF-8");
    assertThat(records.get(1).problem()).contains("Trailing token");
    assertThat(records.get(2).node()).isPresent();
    assertThat(records.get(3).problem()).contains("end-of-input");
  }

  @Test
  void checksumIsThatOfAllBytes() throws IOException {
    for (String text : List.of("[{}, {}]\n\n", "{}\n{}", "")) {
      CRC32C crc = new CRC32C();
      crc.update(text.getBytes(StandardCharsets.UTF_8));
      assertThat(index(write(text), 3).crc32c()).as(text).isEqualTo(crc.getValue());
    }
  }

  @Test
  void emptyFilesHaveNoRecords() throws IOException {
    assertThat(index(write(""), 1).chunks()).isEmpty();
    assertThat(index(write("[]"), 1).chunks()).isEmpty();
    assertThat(index(write(" \n"), 1).chunks()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{}, {|after 1 records: the file ends at byte 6 inside record 1, which begins at byte 5",
        "[{}, {}|after 2 records: the array has no end",
        "[{} {}]|after 1 records: a comma is missing before byte 4",
        "[{}, ]|after 1 records: there is an unexpected ] at byte 5",
        "[, {}]|after 0 records: there is an unexpected , at byte 1",
        "[{}: {}]|after 1 records: there is an unexpected : at byte 3",
        "[{}}]|after 1 records: the } at byte 3 closes what was not opened",
        "[{}]]|after 1 records: the ] at byte 4 closes what was not opened",
        "[{}, {\"a\": [1}]|after 1 records: the } at byte 13 closes what was not opened",
        "[{\"a|after 0 records: the file ends at byte 4 inside record 0, which begins at byte 1",
        "[{}],|after 1 records: there is more behind the end of the array",
        "[{}] {}|after 1 records: there is more behind the end of the array",
      })
  void saysWhereAnArrayIsBroken(String text, String message) throws IOException {
    Path path = write(text);
    assertThatThrownBy(() -> index(path, 1))
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.SOURCE))
        .hasMessageStartingWith("Cannot read " + path + ": it is no valid JSON array")
        .hasMessageContaining(message);
  }

  @Test
  void refusesOtherEncodingsAndMissingFiles() throws IOException {
    Path path = Files.write(folder.resolve("x.json"), "[{}]".getBytes(StandardCharsets.UTF_16LE));
    assertThatThrownBy(() -> index(path, 1)).hasMessageContaining("not encoded in UTF-8");
    assertThatThrownBy(() -> index(folder.resolve("none.json"), 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot read " + folder.resolve("none.json"));
  }

  @Test
  void noticesThatAFileShrank() throws IOException {
    Path path = write("[{}, {}, {}]");
    JsonIndex index = index(path, 3);
    Files.writeString(path, "[{}]");
    assertThatThrownBy(() -> read(index))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("record 1 is gone; the file was changed meanwhile");
  }

  @Test
  void aLimitedChunkEndsEarly() throws IOException {
    JsonChunk chunk = index(write("[{}, {}, {}]"), 3).chunks().get(0);
    try (JsonChunkReader reader = new JsonChunkReader(chunk.limit(2), CONFIGURATION)) {
      reader.next();
      reader.next();
      assertThat(reader.hasNext()).isFalse();
      assertThatThrownBy(reader::next).isInstanceOf(java.util.NoSuchElementException.class);
    }
    assertThat(chunk.limit(5)).isSameAs(chunk);
  }
}
