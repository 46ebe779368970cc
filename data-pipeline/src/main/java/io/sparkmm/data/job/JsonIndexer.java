package io.sparkmm.data.job;

import io.sparkmm.data.job.JsonChunk.Layout;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.SortedSet;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Finds the records of a JSON file in one pass, without building them: a JSON array of records, or
 * JSON Lines. The file is UTF-8, with or without a byte order mark. What is wrong inside a record
 * is not noticed here: it is that record's own defect, and the reader of the chunk tells of it.
 */
final class JsonIndexer {
  private static final int BUFFER_BYTES = 1 << 20;

  private JsonIndexer() {}

  /** Takes the bytes of a file, piece by piece. */
  interface Consumer {
    /** Takes the next bytes; the array may be changed. */
    void accept(byte[] bytes, int length) throws IOException;

    /** The file has ended. */
    void finish(long size) throws IOException;
  }

  /** A consumer that finds records. */
  interface Finder extends Consumer {
    /** The chunks of the records; after the end of the file. */
    List<JsonChunk> chunks();

    /** The columns that no record has. */
    SortedSet<String> missingColumns();
  }

  /**
   * Finds the records of a file.
   *
   * @throws DataException of kind {@code SOURCE} if the file is missing, not in UTF-8, or the
   *     brackets and commas around the records are no JSON array; the message says where
   */
  static JsonIndex index(String file, JsonIndex.Request request, Configuration configuration) {
    Choice choice = new Choice(file, request);
    long crc = pass(file, choice, configuration);
    Finder finder = choice.finder();
    return new JsonIndex(finder.chunks(), finder.missingColumns(), crc);
  }

  /**
   * Reads a file once from its beginning to its end.
   *
   * @return CRC-32C of its bytes
   */
  static long pass(String file, Consumer consumer, Configuration configuration) {
    CRC32C crc = new CRC32C();
    Path path = new Path(file);
    try (InputStream in = DataFiles.fileSystem(path, configuration).open(path)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      long size = 0;
      for (int read = in.readNBytes(buffer, 0, buffer.length);
          read > 0;
          read = in.readNBytes(buffer, 0, buffer.length)) {
        crc.update(buffer, 0, read);
        if (size == 0) {
          JsonEncoding.require(buffer, read);
        }
        consumer.accept(buffer, read);
        size += read;
      }
      consumer.finish(size);
      return crc.getValue();
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.SOURCE, "Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Decides by the first byte that is no blank what the file is. */
  private static final class Choice implements Consumer {
    private final String file;
    private final JsonIndex.Request request;
    private Finder finder;
    private long skipped;

    Choice(String file, JsonIndex.Request request) {
      this.file = file;
      this.request = request;
    }

    /** The finder; one that has found nothing if the file is blank. */
    Finder finder() {
      return finder == null ? finder(Layout.LINES, 0) : finder;
    }

    private Finder finder(Layout layout, long position) {
      return layout == Layout.ARRAY
          ? new JsonArrayFinder(file, request, position)
          : new JsonLinesFinder(file, request, position);
    }

    @Override
    public void accept(byte[] bytes, int length) throws IOException {
      if (finder != null) {
        finder.accept(bytes, length);
        return;
      }
      int from = skipped == 0 ? JsonEncoding.markLength(bytes, length) : 0;
      while (from < length && isBlank(bytes[from])) {
        from++;
      }
      if (from < length) {
        finder = finder(bytes[from] == '[' ? Layout.ARRAY : Layout.LINES, skipped + from);
        byte[] rest = java.util.Arrays.copyOfRange(bytes, from, length);
        finder.accept(rest, rest.length);
      }
      skipped += length;
    }

    @Override
    public void finish(long size) throws IOException {
      if (finder != null) {
        finder.finish(size);
      }
    }
  }

  static boolean isBlank(byte character) {
    return character == ' ' || character == '\t' || character == '\n' || character == '\r';
  }
}
