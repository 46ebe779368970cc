package io.sparkmm.data.sample;

import java.io.Serializable;
import java.util.Objects;

/**
 * The stable name of a record: it depends on the inputs only, not on how they are read.
 *
 * @param source name of the file or table, as it should appear in reports
 * @param record number of the record in the source, counted from 0 over all records
 */
public record RecordId(String source, long record) implements Serializable {
  public RecordId {
    Objects.requireNonNull(source, "source");
    if (record < 0) {
      throw new IllegalArgumentException("Cannot number a record of " + source + ": " + record);
    }
  }

  /** The name as a shard's {@code id} column holds it: {@code source#record}. */
  @Override
  public String toString() {
    return source + "#" + record;
  }
}
