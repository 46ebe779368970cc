package io.sparkmm.train.metrics;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A growing file of JSON objects, one a line. Every line is written at once, so that the file can
 * be watched; lines of a file that is there are kept, but for an incomplete one at the end.
 */
public final class JsonLinesFile implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private Optional<FileChannel> out = Optional.empty();

  /**
   * Goes on with a file that is there; one that is not is created with its first line.
   *
   * @throws UncheckedIOException if the file cannot be read
   */
  JsonLinesFile(Path file) {
    this.file = file;
    try {
      if (Files.exists(file) && Files.size(file) > 0 && !endsWithLine()) {
        keep(line -> true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot open metrics file " + file + ": " + e, e);
    }
  }

  /** Appends an object. */
  void write(ObjectNode values) {
    try {
      String line = JSON.writeValueAsString(values) + "\n";
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(line);
      FileChannel channel = open();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to metrics file " + file + ": " + e, e);
    }
  }

  /** Removes all lines but some. The file is replaced whole. */
  void keep(Predicate<JsonNode> wanted) {
    if (!Files.exists(file)) {
      return;
    }
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      try (var kept = Files.newBufferedWriter(part, StandardCharsets.UTF_8)) {
        read(
            file,
            line -> {
              if (wanted.test(line)) {
                try {
                  kept.write(JSON.writeValueAsString(line));
                  kept.write('\n');
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            });
      }
      close();
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot rewrite metrics file " + file + ": " + e, e);
    } catch (UncheckedIOException e) {
      throw new UncheckedIOException(
          "Cannot rewrite metrics file " + file + ": " + e.getCause(), e.getCause());
    }
  }

  /**
   * Reads the objects of a file; an incomplete line is left out, as is a file that is not there.
   *
   * @throws UncheckedIOException if the file cannot be read
   */
  public static void read(Path file, Consumer<JsonNode> each) {
    if (!Files.exists(file)) {
      return;
    }
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode values;
        try {
          values = JSON.readTree(line);
        } catch (JsonProcessingException e) {
          // What a process that was killed wrote last.
          continue;
        }
        if (values.isObject()) {
          each.accept(values);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read metrics file " + file + ": " + e, e);
    }
  }

  @Override
  public void close() {
    try {
      if (out.isPresent()) {
        out.get().close();
        out = Optional.empty();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close metrics file " + file + ": " + e, e);
    }
  }

  private FileChannel open() throws IOException {
    if (out.isEmpty()) {
      out =
          Optional.of(
              FileChannel.open(
                  file,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.APPEND));
    }
    return out.get();
  }

  private boolean endsWithLine() throws IOException {
    try (FileChannel in = FileChannel.open(file)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      in.read(last, in.size() - 1);
      return last.get(0) == '\n';
    }
  }
}
