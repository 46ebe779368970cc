package io.sparkmm.data.encode;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.SampleKind;
import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;

/**
 * What records become: samples of which kind, of which length, and from how many records together.
 *
 * @param kind what the samples are
 * @param rowLength most tokens of a sample
 * @param window records that are packed together, 0 where each record becomes a sample
 */
public record SampleStage(SampleKind kind, int rowLength, int window) implements Serializable {
  public SampleStage {
    Objects.requireNonNull(kind, "kind");
    boolean windowFits =
        switch (kind) {
          case SFT, PREFERENCE -> window == 0;
          case PACKED -> window > 0;
          case PRETRAIN -> window >= 0;
        };
    int shortest = kind == SampleKind.PACKED ? 2 : 1;
    if (!windowFits || rowLength < shortest) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot make "
              + kind.text()
              + " samples of "
              + rowLength
              + " tokens from windows of "
              + window
              + " records");
    }
  }

  /** Conversations to imitate, each a sample of its own. */
  public static SampleStage sft(int rowLength) {
    return new SampleStage(SampleKind.SFT, rowLength, 0);
  }

  /** Whether several records together become samples. */
  public boolean packs() {
    return window > 0;
  }

  /** Most tokens of a record: a packed row keeps one for padding. */
  public int recordLength() {
    return kind == SampleKind.PACKED ? RowPacker.recordLength(rowLength) : rowLength;
  }

  /**
   * What makes samples of a window's records; empty where each record is a sample.
   *
   * @param padId padding token
   */
  public Optional<Packer> packer(int padId) {
    if (!packs()) {
      return Optional.empty();
    }
    return Optional.of(
        kind == SampleKind.PACKED
            ? new RowPacker(rowLength, padId)
            : new BlockPacker(rowLength, padId));
  }

  /**
   * Records of a shard, so that no window is cut by a shard's end: the largest multiple of the
   * window that is not more than wanted, and at least one window.
   */
  public int recordsPerShard(int wanted) {
    if (!packs()) {
      return wanted;
    }
    return Math.max(1, wanted / window) * window;
  }
}
