package io.sparkmm.data.job;

import java.util.ArrayList;
import java.util.List;

/** Cuts the records of a file into chunks of equal numbers while they are found. */
final class JsonChunkStarts {
  private final int perChunk;
  private final long firstRecord;
  private final List<Long> starts = new ArrayList<>();
  private long records;

  JsonChunkStarts(JsonIndex.Request request) {
    this.perChunk = request.recordsPerChunk();
    this.firstRecord = request.firstRecord();
  }

  /** A record begins here. */
  void begin(long position) {
    long wanted = records - firstRecord;
    if (wanted >= 0 && wanted % perChunk == 0) {
      starts.add(position);
    }
    records++;
  }

  /** Number of records that have begun. */
  long records() {
    return records;
  }

  /** The chunks, of which the last one ends at {@code end}. */
  List<JsonChunk> chunks(String file, JsonChunk.Layout layout, long end) {
    List<JsonChunk> chunks = new ArrayList<>(starts.size());
    for (int i = 0; i < starts.size(); i++) {
      long first = firstRecord + (long) i * perChunk;
      int count = (int) Math.min(perChunk, records - first);
      long chunkEnd = i + 1 < starts.size() ? starts.get(i + 1) : end;
      chunks.add(new JsonChunk(file, layout, first, count, starts.get(i), chunkEnd));
    }
    return chunks;
  }
}
