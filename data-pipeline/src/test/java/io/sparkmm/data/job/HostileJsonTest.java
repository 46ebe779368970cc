package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A bad record is that record's own defect; only a file that is no list of records is refused. */
class HostileJsonTest {
  private static final String GOOD = "{\"a\": \"good\"}";

  @TempDir private Path folder;
  private final Configuration configuration = new Configuration();

  /** The problems of the records of a file, empty for good ones. */
  private List<String> problems(Path file) {
    JsonIndex index =
        JsonIndexer.index(
            file.toString(), new JsonIndex.Request(2, Set.of("a", "b")), configuration);
    List<String> problems = new ArrayList<>();
    for (JsonChunk chunk : index.chunks()) {
      try (JsonChunkReader reader = new JsonChunkReader(chunk, configuration)) {
        reader.forEachRemaining(
            record -> {
              assertThat(record.node().isPresent()).isEqualTo(record.problem().isEmpty());
              problems.add(record.problem());
            });
      }
    }
    return problems;
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("records.json"), bytes);
  }

  private Path between(String bad, boolean lines) throws IOException {
    return between(bad.getBytes(StandardCharsets.UTF_8), lines);
  }

  /** A file with a bad record between two good ones. */
  private Path between(byte[] bad, boolean lines) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(((lines ? "" : "[") + GOOD + (lines ? "\n" : ",")).getBytes(UTF8));
    bytes.writeBytes(bad);
    bytes.writeBytes(((lines ? "\n" : ",") + GOOD + (lines ? "\n" : "]")).getBytes(UTF8));
    return write(bytes.toByteArray());
  }

  private static final Charset UTF8 = StandardCharsets.UTF_8;

  private void assertOnlyTheMiddleIsBad(Path file, String problem) {
    List<String> problems = problems(file);
    assertThat(problems).hasSize(3);
    assertThat(problems.get(0)).isEmpty();
    assertThat(problems.get(1)).contains(problem).hasSizeLessThan(250);
    assertThat(problems.get(2)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void deepNestingIsAProblemOfItsRecord(boolean lines) throws IOException {
    int depth = 1_000_000;
    for (String bad :
        List.of(
            "[".repeat(depth) + "]".repeat(depth),
            "{\"a\":".repeat(depth) + "1" + "}".repeat(depth))) {
      assertOnlyTheMiddleIsBad(between(bad, lines), "nesting depth");
    }
    // Never closed: in an array the rest of the file belongs to it.
    if (lines) {
      assertOnlyTheMiddleIsBad(between("[".repeat(depth), true), "nesting depth");
    } else {
      Path file = between("[".repeat(depth), false);
      assertThatThrownBy(() -> problems(file))
          .hasMessageContaining("after 1 records: the file ends at byte 1000030 inside record 1");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNumberWithAMillionDigitsIsAProblemOfItsRecord(boolean lines) throws IOException {
    assertOnlyTheMiddleIsBad(between("{\"a\": " + "7".repeat(1_000_000) + "}", lines), "Number");
    assertOnlyTheMiddleIsBad(between("{\"a\": 1e" + "7".repeat(1_000_000) + "}", lines), "Number");
    assertOnlyTheMiddleIsBad(between("7".repeat(1_000_000), lines), "Number");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aKeyOfAMillionLettersHarmsNoOtherRecord(boolean lines) throws IOException {
    // The parser of the older Spark line accepts it; the size of a record bounds it, too.
    List<String> problems = problems(between("{\"" + "k".repeat(1_000_000) + "\": 1}", lines));
    assertThat(problems).hasSize(3);
    assertThat(problems.get(0) + problems.get(2)).isEmpty();
    assertThat(problems.get(1)).matches("|Name .*");
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"a\" 1}', was expecting a colon",
    "'{\"a\": 1,}', was expecting double-quote",
    "'{a: 1}', was expecting double-quote",
    "'{\"a\": tru}', Unrecognized token",
    "'{\"a\": 01}', Leading zeroes",
    "'{\"a\": \"\\x\"}', escape",
    "'{\"a\": [1 2]}', was expecting comma",
    "NaN, NaN",
  })
  void wrongSyntaxIsAProblemOfItsRecord(String bad, String problem) throws IOException {
    assertOnlyTheMiddleIsBad(between(bad, false), problem);
    assertOnlyTheMiddleIsBad(between(bad, true), problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"80", "c3", "c328", "c0af", "eda080", "f4908080", "e28228", "ff", "fe"})
  void invalidUtf8IsAProblemOfItsRecord(String hexadecimal) throws IOException {
    ByteArrayOutputStream bad = new ByteArrayOutputStream();
    bad.writeBytes("{\"a\": \"".getBytes(UTF8));
    bad.writeBytes(java.util.HexFormat.of().parseHex(hexadecimal));
    bad.writeBytes("\"}".getBytes(UTF8));
    for (boolean lines : new boolean[] {false, true}) {
      assertOnlyTheMiddleIsBad(
          between(bad.toByteArray(), lines), "it is not valid UTF-8 at its byte 7");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void controlCharactersAreAProblemOfTheirRecord(boolean lines) throws IOException {
    assertOnlyTheMiddleIsBad(between("{\"a\": \"x\0y\"}", lines), "code 0");
    assertOnlyTheMiddleIsBad(between("{\"a\": \"x\ty\"}", lines), "code 9");
    assertOnlyTheMiddleIsBad(between("\0\0\0", lines), "code 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE"})
  void otherEncodingsAreRefused(String charset) throws IOException {
    Path file = write(("[" + GOOD + "]").getBytes(Charset.forName(charset)));
    assertThatThrownBy(() -> problems(file))
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.SOURCE))
        .hasMessageContaining("not encoded in UTF-8")
        .hasMessageContaining("convert it to UTF-8");
  }

  @Test
  void aFileOfZerosIsRefused() throws IOException {
    Path file = write(new byte[1 << 20]);
    assertThatThrownBy(() -> problems(file)).hasMessageContaining("not encoded in UTF-8");
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheText() throws IOException {
    assertThat(problems(write(("\ufeff[" + GOOD + "]").getBytes(UTF8)))).containsExactly("");
    assertThat(problems(write(("\ufeff" + GOOD + "\n").getBytes(UTF8)))).containsExactly("");
  }

  @Test
  void halfSurrogatePairsAndEqualKeysAreLeftToTheFormat() throws IOException {
    JsonIndex index =
        JsonIndexer.index(
            write("[{\"a\": \"\\ud83d\", \"b\": 1, \"b\": 2}]".getBytes(UTF8)).toString(),
            new JsonIndex.Request(1, Set.of()),
            configuration);
    try (JsonChunkReader reader = new JsonChunkReader(index.chunks().get(0), configuration)) {
      JsonRecord record = reader.next();
      assertThat(record.node().orElseThrow().get("a").textValue()).isEqualTo("\ud83d");
      assertThat(record.node().orElseThrow().get("b").intValue()).isEqualTo(2);
    }
  }

  @Test
  void longRecordsAreAProblemWithTheirLength() throws IOException {
    configuration.setInt(JsonRecordParser.MAX_BYTES_KEY, 1000);
    String bad = "{\"a\": \"" + "x".repeat(200_000) + "\"}";
    for (boolean lines : new boolean[] {false, true}) {
      assertOnlyTheMiddleIsBad(
          between(bad, lines),
          "it has 200,009 bytes, more than the 1,000 that sparkmm.json.max-record-bytes allows");
    }
    configuration.setInt(JsonRecordParser.MAX_BYTES_KEY, 200_009);
    assertThat(problems(between(bad, false))).containsOnly("");
    configuration.setInt(JsonRecordParser.MAX_BYTES_KEY, 0);
    assertThatThrownBy(() -> problems(between(bad, false)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("sparkmm.json.max-record-bytes = 0");
  }

  @Test
  void keysAreFoundWhateverTheirSpelling() throws IOException {
    Path file = write("[{\"\\u0061\": {\"b\": 1}, \"c\" : \"b\"}]".getBytes(UTF8));
    JsonIndex index =
        JsonIndexer.index(
            file.toString(), new JsonIndex.Request(1, Set.of("a", "b", "c")), configuration);
    assertThat(index.missingColumns()).containsExactly("b");
  }
}
