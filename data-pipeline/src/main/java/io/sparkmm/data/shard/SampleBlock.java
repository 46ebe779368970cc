package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedSample;
import java.util.Arrays;

/**
 * The samples of a row group in a form from which one of them is read in microseconds; {@link
 * SampleCodec} packs them.
 *
 * @param data the samples one behind the other
 * @param ends where each sample ends in {@code data}
 * @param hasPictures whether a sample embeds the bytes of a picture
 */
record SampleBlock(byte[] data, int[] ends, boolean hasPictures) {
  private static final int FIRST_CAPACITY = 1 << 16;

  /** Where a sample begins in {@code data}. */
  static int start(int[] ends, int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  EncodedSample sample(int index) {
    return SampleCodec.read(new PackedBytes.Reader(data, start(ends, index)));
  }

  /** Memory that the block takes. */
  long bytes() {
    return 64 + data.length + 4L * ends.length;
  }

  /** Collects samples. */
  static final class Builder {
    private final PackedBytes.Writer out = new PackedBytes.Writer(FIRST_CAPACITY);
    private int[] ends;
    private int count;
    private boolean hasPictures;

    Builder(int samples) {
      ends = new int[samples];
    }

    void add(EncodedSample sample) {
      SampleCodec.write(out, sample);
      hasPictures |= sample.images().stream().anyMatch(image -> image.bytes().isPresent());
      ends[count++] = out.length();
    }

    SampleBlock build() {
      return new SampleBlock(out.toByteArray(), Arrays.copyOf(ends, count), hasPictures);
    }
  }
}
