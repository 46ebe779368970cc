package io.sparkmm.data.shard;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What became of the records of one shard.
 *
 * @param shard the file
 * @param rejects the records that were left out, by reason
 * @param rejectsFile the list of all of them; empty when there are none
 */
public record ShardPart(
    ShardInfo shard, List<RejectSummary> rejects, Optional<RejectsFile> rejectsFile) {
  /**
   * The file that lists rejects.
   *
   * @param file path below the data set's folder, with {@code /}
   * @param bytes length of the file
   * @param crc32c CRC-32C of the file
   */
  public record RejectsFile(String file, long bytes, long crc32c) implements Serializable {
    public RejectsFile {
      Objects.requireNonNull(file, "file");
    }
  }

  public ShardPart {
    Objects.requireNonNull(shard, "shard");
    rejects = List.copyOf(rejects);
    Objects.requireNonNull(rejectsFile, "rejectsFile");
  }

  /** Number of records that were left out. */
  public long rejected() {
    return rejects.stream().mapToLong(RejectSummary::count).sum();
  }
}
