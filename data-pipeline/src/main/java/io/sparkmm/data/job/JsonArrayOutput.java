package io.sparkmm.data.job;

import io.sparkmm.data.shard.RejectSummary;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes converted records as one JSON array, and counts them. */
final class JsonArrayOutput {
  private final OutputStream stream;
  private final RejectSummary.Counter dropped = new RejectSummary.Counter();
  private long kept;

  /** An array that is written to a stream, which stays the caller's. */
  JsonArrayOutput(OutputStream stream) throws IOException {
    this.stream = stream;
    stream.write('[');
  }

  /** Writes the next records. */
  void add(ConvertedChunk chunk) throws IOException {
    if (chunk.kept() > 0) {
      write(kept == 0 ? "\n" : ",\n");
      stream.write(chunk.json());
    }
    kept += chunk.kept();
    chunk.dropped().forEach(dropped::add);
  }

  /** Ends the array with these characters; the report counts what it holds. */
  ImportReport finish(String end) throws IOException {
    write(end);
    return new ImportReport(kept, dropped.summaries());
  }

  /** Number of records that were written. */
  long kept() {
    return kept;
  }

  private void write(String text) throws IOException {
    stream.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
