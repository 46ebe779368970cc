package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Packs samples into bytes, for the way between two tasks and for the memory of a reader: about two
 * bytes a token, and three for all tokens of a picture. Nothing that lasts is written so.
 */
public final class SampleCodec {
  private static final int OVERHEAD_BYTES = 256;

  private SampleCodec() {}

  /** The sample as bytes. */
  public static byte[] encode(EncodedSample sample) {
    PackedBytes.Writer out = new PackedBytes.Writer(OVERHEAD_BYTES + 2 * sample.row().length());
    write(out, sample);
    return out.toByteArray();
  }

  /** The sample that {@link #encode} packed. */
  public static EncodedSample decode(byte[] bytes) {
    return read(new PackedBytes.Reader(bytes, 0));
  }

  /** Appends a sample. */
  static void write(PackedBytes.Writer out, EncodedSample sample) {
    out.text(sample.id());
    write(out, sample.row());
    out.number(sample.images().size());
    sample.images().forEach(image -> write(out, image));
    out.number(sample.rejected().isPresent() ? 1 : 0);
    sample.rejected().ifPresent(row -> write(out, row));
    out.number(sample.segments().size());
    for (PackedSegment segment : sample.segments()) {
      out.text(segment.id());
      out.number(segment.length());
      out.number(segment.images());
    }
  }

  /** Reads a sample that {@link #write} appended. */
  static EncodedSample read(PackedBytes.Reader in) {
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

  private static void write(PackedBytes.Writer out, TokenRow row) {
    out.runs(row.inputIds());
    out.number(row.labelSpans().size());
    for (LabelSpan span : row.labelSpans()) {
      out.number(span.start());
      out.number(span.length());
    }
  }

  private static void write(PackedBytes.Writer out, EncodedImage image) {
    out.text(image.path());
    out.number(image.height());
    out.number(image.width());
    out.number(image.gridT());
    out.number(image.gridH());
    out.number(image.gridW());
    out.number(image.bytes().isPresent() ? 1 : 0);
    image.bytes().ifPresent(out::bytes);
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
