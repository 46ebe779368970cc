package io.sparkmm.data.encode;

import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Puts plain texts one behind the other and cuts them into blocks of one length. What is left at
 * the end of a window is dropped.
 *
 * @param blockLength tokens of a block
 * @param padId padding token; it is not trained where a text has it
 */
public record BlockPacker(int blockLength, int padId) implements Packer {
  public BlockPacker {
    if (blockLength < 1) {
      throw new IllegalArgumentException("Cannot cut blocks of " + blockLength + " tokens");
    }
  }

  /**
   * Packs the texts of one window.
   *
   * @return blocks; each has the name of the record that its first token stands in, and behind
   *     {@code +} that token's position in the record, where it is not the first
   */
  @Override
  public List<EncodedSample> pack(List<EncodedSample> records) {
    List<EncodedSample> blocks = new ArrayList<>();
    int[] block = new int[blockLength];
    int filled = 0;
    String name = "";
    for (EncodedSample record : records) {
      int[] ids = record.inputIds();
      int taken = 0;
      while (taken < ids.length) {
        if (filled == 0) {
          name = taken == 0 ? record.id() : record.id() + "+" + taken;
        }
        int count = Math.min(ids.length - taken, blockLength - filled);
        System.arraycopy(ids, taken, block, filled, count);
        taken += count;
        filled += count;
        if (filled == blockLength) {
          int[] full = Arrays.copyOf(block, blockLength);
          blocks.add(new EncodedSample(name, full, trained(full, padId), List.of()));
          filled = 0;
        }
      }
    }
    return blocks;
  }

  /** All positions but those of padding tokens. */
  static List<LabelSpan> trained(int[] ids, int padId) {
    List<LabelSpan> spans = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= ids.length; i++) {
      if (i == ids.length || ids[i] == padId) {
        if (i > start) {
          spans.add(new LabelSpan(start, i));
        }
        start = i + 1;
      }
    }
    return spans;
  }
}
