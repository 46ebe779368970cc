package io.sparkmm.data.job;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.sparkmm.data.job.JsonChunk.Layout;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Finds the records of a JSON file in one pass, without building them: a JSON array of records, or
 * JSON Lines. The file is UTF-8, with or without a byte order mark.
 */
final class JsonIndexer {
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int[] BYTE_ORDER_MARK = {0xef, 0xbb, 0xbf};

  private final String file;
  private final JsonIndex.Request request;
  private final TreeSet<String> missing;
  private final List<Long> chunkStarts = new ArrayList<>();
  private long records;

  private JsonIndexer(String file, JsonIndex.Request request) {
    this.file = file;
    this.request = request;
    this.missing = new TreeSet<>(request.columns());
  }

  /**
   * Finds the records of a file.
   *
   * @throws DataException of kind {@code SOURCE} if the file is missing, or an array of records is
   *     no valid JSON; the message says where
   */
  static JsonIndex index(String file, JsonIndex.Request request, Configuration configuration) {
    return new JsonIndexer(file, request).run(new Path(file), configuration);
  }

  private JsonIndex run(Path path, Configuration configuration) {
    CRC32C crc = new CRC32C();
    try (InputStream stream = DataFiles.fileSystem(path, configuration).open(path);
        CheckedInputStream checked = new CheckedInputStream(stream, crc);
        BufferedInputStream in = new BufferedInputStream(checked, BUFFER_BYTES)) {
      long base = skipByteOrderMark(in);
      Layout layout = firstCharacter(in) == '[' ? Layout.ARRAY : Layout.LINES;
      long end = layout == Layout.ARRAY ? indexArray(in, base) : indexLines(in, base);
      return new JsonIndex(chunks(layout, end), missing, crc.getValue());
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.SOURCE, "Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static long skipByteOrderMark(BufferedInputStream in) throws IOException {
    in.mark(BYTE_ORDER_MARK.length);
    for (int expected : BYTE_ORDER_MARK) {
      if (in.read() != expected) {
        in.reset();
        return 0;
      }
    }
    return BYTE_ORDER_MARK.length;
  }

  /** The first character that is no blank, without consuming anything. */
  private static int firstCharacter(BufferedInputStream in) throws IOException {
    in.mark(BUFFER_BYTES);
    int first = in.read();
    while (isBlank(first)) {
      first = in.read();
    }
    in.reset();
    return first;
  }

  /** Returns the position behind the array. */
  private long indexArray(InputStream in, long base) throws IOException {
    try (JsonParser parser = FACTORY.createParser(in)) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken() == null) {
          throw new IOException("the array has no end");
        }
        long offset = parser.currentTokenLocation().getByteOffset();
        if (offset < 0) {
          throw new IOException("the file is not encoded in UTF-8");
        }
        begin(base + offset);
        if (parser.currentToken() == JsonToken.START_OBJECT && !missing.isEmpty()) {
          lookForColumns(parser);
        } else {
          parser.skipChildren();
        }
      }
      long end = base + parser.currentLocation().getByteOffset();
      if (parser.nextToken() != null) {
        throw new IOException("there is more behind the end of the array");
      }
      return end;
    } catch (IOException e) {
      throw new IOException(
          "it is no valid JSON array after " + records + " records: " + e.getMessage(), e);
    }
  }

  private long indexLines(InputStream in, long base) throws IOException {
    long position = base;
    long lineStart = base;
    boolean blank = true;
    byte[] buffer = new byte[BUFFER_BYTES];
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      for (int i = 0; i < read; i++) {
        byte value = buffer[i];
        if (value == '\n') {
          endLine(lineStart, blank, line);
          blank = true;
          lineStart = position + i + 1;
        } else {
          blank &= isBlank(value);
          if (!missing.isEmpty()) {
            line.write(value);
          }
        }
      }
      position += read;
    }
    endLine(lineStart, blank, line);
    return position;
  }

  private void endLine(long start, boolean blank, ByteArrayOutputStream line) {
    if (!blank) {
      begin(start);
      if (!missing.isEmpty()) {
        lookForColumns(line.toByteArray());
      }
    }
    line.reset();
  }

  private void lookForColumns(byte[] line) {
    try (JsonParser parser = FACTORY.createParser(line)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        lookForColumns(parser);
      }
    } catch (IOException e) {
      // The task that reads this line rejects the record.
    }
  }

  private void lookForColumns(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      missing.remove(parser.currentName());
      parser.nextToken();
      parser.skipChildren();
    }
  }

  private void begin(long start) {
    long wanted = records - request.firstRecord();
    if (wanted >= 0 && wanted % request.recordsPerChunk() == 0) {
      chunkStarts.add(start);
    }
    records++;
  }

  private List<JsonChunk> chunks(Layout layout, long end) {
    List<JsonChunk> chunks = new ArrayList<>(chunkStarts.size());
    for (int i = 0; i < chunkStarts.size(); i++) {
      long first = request.firstRecord() + (long) i * request.recordsPerChunk();
      int count = (int) Math.min(request.recordsPerChunk(), records - first);
      long chunkEnd = i + 1 < chunkStarts.size() ? chunkStarts.get(i + 1) : end;
      chunks.add(new JsonChunk(file, layout, first, count, chunkStarts.get(i), chunkEnd));
    }
    return chunks;
  }

  private static boolean isBlank(int character) {
    return character == ' ' || character == '\t' || character == '\n' || character == '\r';
  }
}
