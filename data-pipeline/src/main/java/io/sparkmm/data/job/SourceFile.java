package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import io.sparkmm.data.shard.SourceState;
import io.sparkmm.data.shard.Split;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** Tells whether a source file still begins with the records that a data set has of it. */
final class SourceFile {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int END = -1;

  private final String file;
  private final Path path;
  private final Configuration configuration;

  /** What became of a file since its records were taken. */
  enum Change {
    /** It holds the same records. */
    NONE,
    /** It holds the same records and more behind them. */
    GROWN,
    /** It holds other records. */
    REWRITTEN,
    /** It is gone. */
    MISSING
  }

  /**
   * What a file system says of a file.
   *
   * @param length its bytes
   * @param modified when it was changed, in milliseconds
   */
  record Stamp(long length, long modified) {}

  SourceFile(String file, Configuration configuration) {
    this.file = file;
    this.path = new Path(file);
    this.configuration = configuration;
  }

  Stamp stamp() {
    try {
      FileStatus status = DataFiles.fileSystem(path, configuration).getFileStatus(path);
      return new Stamp(status.getLen(), status.getModificationTime());
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Describes the file.
   *
   * @param split where its records go
   * @param before how many records come before the chunks
   * @param chunks the records behind them
   */
  SourceState state(Split split, long before, List<JsonChunk> chunks) {
    if (chunks.isEmpty()) {
      return new SourceState(split, file, SourceState.Layout.LINES, 0, 0, 0);
    }
    JsonChunk last = chunks.get(chunks.size() - 1);
    SourceState.Layout layout =
        last.layout() == JsonChunk.Layout.ARRAY
            ? SourceState.Layout.ARRAY
            : SourceState.Layout.LINES;
    try {
      long end = end(last);
      long records = before + chunks.stream().mapToLong(JsonChunk::records).sum();
      long crc = DataFiles.crc32c(path, end, configuration);
      return new SourceState(split, file, layout, records, end, crc);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Compares the file with what is known of it. Reads it at most once, without parsing records. */
  Change change(SourceState known) {
    try {
      FileStatus status = DataFiles.fileSystem(path, configuration).getFileStatus(path);
      if (status.getLen() < known.end()
          || DataFiles.crc32c(path, known.end(), configuration) != known.crc32c()) {
        return Change.REWRITTEN;
      }
      try (InputStream rest = open(known.end())) {
        if (known.records() == 0) {
          return emptyChange(rest);
        }
        return known.layout() == SourceState.Layout.ARRAY ? arrayChange(rest) : linesChange(rest);
      }
    } catch (FileNotFoundException e) {
      return Change.MISSING;
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static Change emptyChange(InputStream file) throws IOException {
    int first = nonBlank(file);
    boolean same = first == END || (first == '[' && nonBlank(file) == ']');
    return same && nonBlank(file) == END ? Change.NONE : Change.GROWN;
  }

  private static Change arrayChange(InputStream rest) throws IOException {
    int next = nonBlank(rest);
    if (next == ',') {
      return Change.GROWN;
    }
    return next == ']' && nonBlank(rest) == END ? Change.NONE : Change.REWRITTEN;
  }

  /** A last line that goes on is another record. */
  private static Change linesChange(InputStream rest) throws IOException {
    int value = rest.read();
    while (isBlank(value) && value != '\n') {
      value = rest.read();
    }
    if (value == END) {
      return Change.NONE;
    }
    if (value != '\n') {
      return Change.REWRITTEN;
    }
    return nonBlank(rest) == END ? Change.NONE : Change.GROWN;
  }

  /** Position behind the last record: what follows are blanks, and the bracket of an array. */
  private long end(JsonChunk last) throws IOException {
    long end = last.end();
    if (last.layout() == JsonChunk.Layout.ARRAY) {
      try (InputStream rest = open(end)) {
        if (nonBlank(rest) == END) {
          end = lastNonBlank(end) - 1;
        }
      }
    }
    return lastNonBlank(end);
  }

  /** Position behind the last byte before {@code end} that is no blank. */
  private long lastNonBlank(long end) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (FSDataInputStream stream = DataFiles.fileSystem(path, configuration).open(path)) {
      long position = end;
      while (position > 0) {
        int length = (int) Math.min(buffer.length, position);
        stream.readFully(position - length, buffer, 0, length);
        for (int i = length - 1; i >= 0; i--) {
          if (!isBlank(buffer[i])) {
            return position - length + i + 1;
          }
        }
        position -= length;
      }
    }
    return 0;
  }

  private InputStream open(long position) throws IOException {
    FSDataInputStream stream = DataFiles.fileSystem(path, configuration).open(path);
    stream.seek(position);
    return new BufferedInputStream(stream, BUFFER_BYTES);
  }

  private static int nonBlank(InputStream in) throws IOException {
    int value = in.read();
    while (isBlank(value)) {
      value = in.read();
    }
    return value;
  }

  private static boolean isBlank(int value) {
    return value == ' ' || value == '\t' || value == '\n' || value == '\r';
  }

  private DataException unreadable(IOException cause) {
    return new DataException(
        DataException.Kind.SOURCE, "Cannot read " + file + ": " + cause.getMessage(), cause);
  }
}
