package io.sparkmm.data.job;

import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Where the records of a JSON file stand.
 *
 * @param chunks runs of records, in their order
 * @param missingColumns of the columns that were looked for, those that no record has
 * @param crc32c checksum of the file's bytes
 */
record JsonIndex(List<JsonChunk> chunks, SortedSet<String> missingColumns, long crc32c) {
  JsonIndex {
    chunks = List.copyOf(chunks);
    missingColumns = new TreeSet<>(missingColumns);
  }

  /** Number of records. */
  long records() {
    return chunks.stream().mapToLong(JsonChunk::records).sum();
  }

  /**
   * What to look for in a file.
   *
   * @param recordsPerChunk most records of a chunk
   * @param columns columns of which at least one record should have each
   */
  record Request(int recordsPerChunk, Set<String> columns) {
    Request {
      columns = Set.copyOf(columns);
    }
  }
}
