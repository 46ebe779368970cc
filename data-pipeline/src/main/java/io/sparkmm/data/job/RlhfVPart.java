package io.sparkmm.data.job;

import java.io.Serializable;
import java.util.Objects;

/** Rows of RLHF-V that one task reads. */
sealed interface RlhfVPart extends Serializable {
  /** Number of the first row, from 0 over the whole input. */
  long firstRow();

  /** Number of rows. */
  long rows();

  /** Bytes of the source. */
  long bytes();

  /**
   * A row group of a Parquet file.
   *
   * @param file the file
   * @param rowGroup number of the row group
   */
  record RowGroup(String file, int rowGroup, long firstRow, long rows, long bytes)
      implements RlhfVPart {
    public RowGroup {
      Objects.requireNonNull(file, "file");
    }
  }

  /**
   * A chunk of a JSON file.
   *
   * @param chunk the chunk
   * @param firstRow number of its first row over the whole input
   */
  record Json(JsonChunk chunk, long firstRow) implements RlhfVPart {
    public Json {
      Objects.requireNonNull(chunk, "chunk");
    }

    @Override
    public long rows() {
      return chunk.records();
    }

    @Override
    public long bytes() {
      return chunk.end() - chunk.start();
    }
  }
}
