package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.shard.DataFiles;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * Reads the records of a chunk, one after the other. One that cannot be read as JSON is a record,
 * too: it has a problem in place of its content.
 */
final class JsonChunkReader implements Iterator<JsonRecord>, AutoCloseable {
  private final JsonChunk chunk;
  private final FSDataInputStream file;
  private final JsonPieces pieces;
  private final int maxBytes;
  private int done;

  /**
   * Opens a chunk.
   *
   * @throws DataException of kind {@code SOURCE} if the file cannot be read
   */
  JsonChunkReader(JsonChunk chunk, Configuration configuration) {
    this.chunk = chunk;
    this.maxBytes = JsonRecordParser.maxBytes(configuration);
    Path path = new Path(chunk.file());
    try {
      this.file = DataFiles.fileSystem(path, configuration).open(path);
      file.seek(chunk.start());
      InputStream part = new RangeStream(file, chunk.end() - chunk.start());
      this.pieces =
          chunk.layout() == JsonChunk.Layout.ARRAY
              ? JsonPieces.elements(part, maxBytes)
              : JsonPieces.lines(part, maxBytes);
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
    RecordId id = new RecordId(chunk.file(), chunk.firstRecord() + done++);
    try {
      return JsonRecordParser.parse(id, pieces.next().orElseThrow(() -> gone(id)), maxBytes);
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

  private static IOException gone(RecordId id) {
    return new IOException("record " + id.record() + " is gone; the file was changed meanwhile");
  }

  private DataException unreadable(IOException cause) {
    return new DataException(
        DataException.Kind.SOURCE,
        "Cannot read " + chunk.file() + ": " + cause.getMessage(),
        cause);
  }
}
