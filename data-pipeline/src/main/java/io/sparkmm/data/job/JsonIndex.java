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

  /** Number of records in the chunks. */
  long records() {
    return chunks.stream().mapToLong(JsonChunk::records).sum();
  }

  /**
   * What to look for in a file.
   *
   * @param recordsPerChunk most records of a chunk
   * @param columns columns of which at least one record should have each
   * @param firstRecord number of the record that the first chunk begins with; those before it are
   *     in no chunk
   */
  record Request(int recordsPerChunk, Set<String> columns, long firstRecord) {
    Request {
      columns = Set.copyOf(columns);
    }

    /** A request for all records. */
    Request(int recordsPerChunk, Set<String> columns) {
      this(recordsPerChunk, columns, 0);
    }

    /** The same for the records from this one on. */
    Request from(long record) {
      return new Request(recordsPerChunk, columns, record);
    }
  }
}
