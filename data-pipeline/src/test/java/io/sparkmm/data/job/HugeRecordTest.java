package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads a record of more than 2 GB in a JVM with a heap of 64 MiB. */
@Tag("slow")
class HugeRecordTest {
  private static final long STRING_BYTES = (2L << 30) + 5;

  @TempDir private Path folder;

  /** Runs in the small JVM. */
  public static void main(String[] arguments) {
    Configuration configuration = new Configuration();
    JsonIndex index =
        JsonIndexer.index(
            arguments[0], new JsonIndex.Request(2, Set.of("a", "none")), configuration);
    System.out.println("missing " + index.missingColumns());
    for (JsonChunk chunk : index.chunks()) {
      try (JsonChunkReader reader = new JsonChunkReader(chunk, configuration)) {
        reader.forEachRemaining(
            record -> System.out.println(record.node() + " " + record.problem()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStringOfTwoGigabytesIsAProblemOfItsRecord(boolean lines) throws Exception {
    Path file = folder.resolve("huge.json");
    // The string is a hole of the file: zero bytes that take no place on the disk.
    try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
      append(writer, (lines ? "" : "[") + "{\"a\":1}" + (lines ? "\n" : ",") + "{\"b\":\"");
      writer.seek(writer.length() + STRING_BYTES);
      append(writer, "\"}" + (lines ? "\n" : ",") + "{\"c\":3}" + (lines ? "\n" : "]"));
    }

    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                HugeRecordTest.class.getName(),
                file.toString())
            .redirectError(folder.resolve("errors").toFile())
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    try {
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(Files.readString(folder.resolve("errors"))).doesNotContain("OutOfMemory");
    List<String> output =
        Files.readAllLines(folder.resolve("output")).stream()
            .filter(line -> line.startsWith("Optional") || line.startsWith("missing"))
            .toList();
    assertThat(output)
        .containsExactly(
            "missing [none]",
            "Optional[{\"a\":1}] ",
            "Optional.empty it has 2,147,483,661 bytes, more than the 16,777,216 that"
                + " sparkmm.json.max-record-bytes allows",
            "Optional[{\"c\":3}] ");
  }

  private static void append(RandomAccessFile file, String text) throws IOException {
    file.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
