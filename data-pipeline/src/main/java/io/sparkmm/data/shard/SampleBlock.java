package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The samples of a row group in a form from which one of them is read in microseconds: about two
 * bytes a token, and three for all tokens of a picture.
 *
 * @param data the samples one behind the other
 * @param ends where each sample ends in {@code data}
 * @param hasPictures whether a sample embeds the bytes of a picture
 */
record SampleBlock(byte[] data, int[] ends, boolean hasPictures) {
  /** Where a sample begins in {@code data}. */
  static int start(int[] ends, int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  EncodedSample sample(int index) {
    return decode(data, start(ends, index));
  }

  /** Memory that the block takes. */
  long bytes() {
    return 64 + data.length + 4L * ends.length;
  }

  /** Collects samples. */
  static final class Builder {
    private final PackedBytes.Writer out = new PackedBytes.Writer();
    private int[] ends;
    private int count;
    private boolean hasPictures;

    Builder(int samples) {
      ends = new int[samples];
    }

    void add(EncodedSample sample) {
      out.text(sample.id());
      row(sample.row());
      out.number(sample.images().size());
      sample.images().forEach(this::image);
      out.number(sample.rejected().isPresent() ? 1 : 0);
      sample.rejected().ifPresent(this::row);
      out.number(sample.segments().size());
      for (PackedSegment segment : sample.segments()) {
        out.text(segment.id());
        out.number(segment.length());
        out.number(segment.images());
      }
      ends[count++] = out.length();
    }

    SampleBlock build() {
      return new SampleBlock(out.toByteArray(), Arrays.copyOf(ends, count), hasPictures);
    }

    private void row(TokenRow row) {
      out.runs(row.inputIds());
      out.number(row.labelSpans().size());
      for (LabelSpan span : row.labelSpans()) {
        out.number(span.start());
        out.number(span.length());
      }
    }

    private void image(EncodedImage image) {
      out.text(image.path());
      out.number(image.height());
      out.number(image.width());
      out.number(image.gridT());
      out.number(image.gridH());
      out.number(image.gridW());
      out.number(image.bytes().isPresent() ? 1 : 0);
      if (image.bytes().isPresent()) {
        hasPictures = true;
        out.bytes(image.bytes().get());
      }
    }
  }

  /** The sample that begins at a position. */
  static EncodedSample decode(byte[] data, int start) {
    PackedBytes.Reader in = new PackedBytes.Reader(data, start);
    String id = in.text();
    TokenRow row = row(in);
    List<EncodedImage> images = new ArrayList<>();
    for (int left = in.number(); left > 0; left--) {
      images.add(image(in));
    }
    Optional<TokenRow> rejected = in.number() == 1 ? Optional.of(row(in)) : Optional.empty();
    List<PackedSegment> segments = new ArrayList<>();
    for (int left = in.number(); left > 0; left--) {
      segments.add(new PackedSegment(in.text(), in.number(), in.number()));
    }
    return new EncodedSample(id, row, images, rejected, segments);
  }

  private static TokenRow row(PackedBytes.Reader in) {
    int[] ids = in.runs();
    List<LabelSpan> spans = new ArrayList<>();
    for (int left = in.number(); left > 0; left--) {
      int start = in.number();
      spans.add(new LabelSpan(start, start + in.number()));
    }
    return new TokenRow(ids, spans);
  }

  private static EncodedImage image(PackedBytes.Reader in) {
    String path = in.text();
    int height = in.number();
    int width = in.number();
    int gridT = in.number();
    int gridH = in.number();
    int gridW = in.number();
    Optional<byte[]> bytes = in.number() == 1 ? Optional.of(in.bytes()) : Optional.empty();
    return new EncodedImage(path, bytes, height, width, gridT, gridH, gridW);
  }
}
