package io.sparkmm.data.job;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.shard.DataFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/** Reads the records of a chunk, one after the other. A line that is no JSON is a record, too. */
final class JsonChunkReader implements Iterator<JsonRecord>, AutoCloseable {
  private static final JsonMapper ELEMENTS = new JsonMapper();
  private static final JsonMapper LINES =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final int MAX_PROBLEM_LENGTH = 200;

  private final JsonChunk chunk;
  private final FSDataInputStream file;
  private final RecordSource source;
  private int done;

  private interface RecordSource {
    JsonRecord next(RecordId id) throws IOException;
  }

  /**
   * Opens a chunk.
   *
   * @throws DataException of kind {@code SOURCE} if the file cannot be read
   */
  JsonChunkReader(JsonChunk chunk, Configuration configuration) {
    this.chunk = chunk;
    Path path = new Path(chunk.file());
    try {
      this.file = DataFiles.fileSystem(path, configuration).open(path);
      file.seek(chunk.start());
      InputStream part = new RangeStream(file, chunk.end() - chunk.start());
      this.source = chunk.layout() == JsonChunk.Layout.ARRAY ? arrayElements(part) : lines(part);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  @Override
  public boolean hasNext() {
    return done < chunk.records();
  }

  @Override
  public JsonRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    try {
      return source.next(new RecordId(chunk.file(), chunk.firstRecord() + done++));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static RecordSource arrayElements(InputStream part) throws IOException {
    InputStream bracket = new ByteArrayInputStream("[".getBytes(StandardCharsets.UTF_8));
    JsonParser parser = ELEMENTS.getFactory().createParser(new SequenceInputStream(bracket, part));
    parser.nextToken();
    return id -> {
      if (parser.nextToken() == null || parser.currentToken() == JsonToken.END_ARRAY) {
        throw new IOException("record " + id.record() + " is gone; the file was changed meanwhile");
      }
      return new JsonRecord(id, Optional.of(ELEMENTS.<JsonNode>readTree(parser)), "");
    };
  }

  private static RecordSource lines(InputStream part) {
    LineReader lines = new LineReader(part);
    return id -> {
      byte[] line =
          lines
              .nextNonBlank()
              .orElseThrow(
                  () ->
                      new IOException(
                          "record " + id.record() + " is gone; the file was changed meanwhile"));
      try {
        return new JsonRecord(id, Optional.of(LINES.readTree(line)), "");
      } catch (IOException e) {
        return new JsonRecord(id, Optional.empty(), firstLine(e.getMessage()));
      }
    };
  }

  private static String firstLine(String message) {
    String line = message.lines().findFirst().orElse("");
    return line.length() <= MAX_PROBLEM_LENGTH ? line : line.substring(0, MAX_PROBLEM_LENGTH);
  }

  private DataException unreadable(IOException cause) {
    return new DataException(
        DataException.Kind.SOURCE,
        "Cannot read " + chunk.file() + ": " + cause.getMessage(),
        cause);
  }
}
