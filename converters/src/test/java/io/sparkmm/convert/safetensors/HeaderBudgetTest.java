package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HeaderBudgetTest {

  private static final String ENTRY = "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";

  @TempDir private Path folder;

  private Header read(String json, HeaderReader.Budget budget) throws IOException {
    Path path = TestFiles.raw(folder.resolve("m.safetensors"), json, 0);
    try (FileChannel channel = FileChannel.open(path)) {
      return HeaderReader.read(path, channel, budget);
    }
  }

  private void assertRefused(String json, HeaderReader.Budget budget, Kind kind, String reason) {
    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> read(json, budget))
        .withMessageContaining(reason)
        .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
  }

  @Test
  void headerWithMoreBytesThanThereIsMemoryForIsNotRead() {
    String json = "{\"a\":" + ENTRY + "}";

    assertRefused(
        json,
        new HeaderReader.Budget(json.length() - 1, 100),
        Kind.HEADER_TOO_LARGE,
        "for which this JVM has memory; give it more with -Xmx");
  }

  @Test
  void keysOfTensorsEntriesAndMetadataCount() throws IOException {
    String json = "{\"__metadata__\":{\"k\":\"v\",\"l\":\"w\"},\"a\":" + ENTRY + "}";

    assertThat(read(json, new HeaderReader.Budget(1000, 7)).tensors()).hasSize(1);
    assertRefused(
        json,
        new HeaderReader.Budget(1000, 6),
        Kind.HEADER_TOO_LARGE,
        "more than the 6 keys for which this JVM has memory; give it more with -Xmx");
  }

  @Test
  void shapeHasAtMost128Numbers() throws IOException {
    String numbers = String.join(",", Collections.nCopies(128, "0"));
    HeaderReader.Budget budget = new HeaderReader.Budget(10_000, 100);

    assertThat(read("{\"a\":" + ENTRY.replace("[0]", "[" + numbers + "]") + "}", budget).tensors())
        .hasSize(1);
    assertRefused(
        "{\"a\":" + ENTRY.replace("[0]", "[" + numbers + ",0]") + "}",
        budget,
        Kind.BAD_ENTRY,
        "tensor a has in shape more than 128 numbers");
  }

  @Test
  void brokenCharacterFarBehindTheBeginningIsFound() {
    String json = "{\"a\":" + ENTRY + ",\"" + "b".repeat(9000) + "\u00ff\":" + ENTRY + "}";
    byte[] bytes = json.getBytes(StandardCharsets.ISO_8859_1);
    Path path = TestFiles.raw(folder.resolve("l.safetensors"), bytes, 0);

    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> SafetensorsFile.open(path).close())
        .withMessage("Cannot read " + path + ": the header is not UTF-8");
  }
}
