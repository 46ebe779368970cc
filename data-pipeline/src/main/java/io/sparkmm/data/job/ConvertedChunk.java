package io.sparkmm.data.job;

import io.sparkmm.data.sample.RejectedSample;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * What became of the records of a chunk.
 *
 * @param json the converted records in UTF-8, separated by commas and line feeds
 * @param kept number of these records
 * @param dropped the records that were left out
 */
record ConvertedChunk(byte[] json, int kept, List<RejectedSample> dropped) implements Serializable {
  ConvertedChunk {
    Objects.requireNonNull(json, "json");
    dropped = List.copyOf(dropped);
  }
}
