package io.sparkmm.data.job;

import java.io.Serializable;
import java.util.Objects;

/**
 * A run of records of a JSON file that one task reads on its own.
 *
 * @param file path or URI of the file
 * @param layout how records stand in the file
 * @param firstRecord number of the first record, from 0 over the whole file
 * @param records how many
 * @param start position of the first record's first byte
 * @param end position behind the last byte that can belong to these records
 */
record JsonChunk(String file, Layout layout, long firstRecord, int records, long start, long end)
    implements Serializable {
  /** How records stand in a file. */
  enum Layout {
    /** One JSON array. */
    ARRAY,
    /** One record a line. */
    LINES
  }

  JsonChunk {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(layout, "layout");
  }

  /** The first records of the chunk. */
  JsonChunk limit(int most) {
    return most >= records ? this : new JsonChunk(file, layout, firstRecord, most, start, end);
  }
}
