package io.sparkmm.data.job;

import io.sparkmm.data.shard.RejectSummary;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * What became of the records of a chunk.
 *
 * @param json the converted records in UTF-8, separated by commas and line feeds
 * @param kept number of these records
 * @param dropped the records that were left out, by reason
 */
record ConvertedChunk(byte[] json, int kept, List<RejectSummary> dropped) implements Serializable {
  ConvertedChunk {
    Objects.requireNonNull(json, "json");
    dropped = List.copyOf(dropped);
  }

  /** Number of source records. */
  long records() {
    return kept + dropped.stream().mapToLong(RejectSummary::count).sum();
  }
}
