package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Packs a sample into bytes for the way between two tasks; nothing that lasts is written so. */
public final class SampleCodec {
  private SampleCodec() {}

  /** The sample as bytes. */
  public static byte[] encode(EncodedSample sample) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(out, sample.id().getBytes(StandardCharsets.UTF_8));
      write(out, sample.row());
      out.writeInt(sample.images().size());
      for (EncodedImage image : sample.images()) {
        write(out, image.path().getBytes(StandardCharsets.UTF_8));
        out.writeBoolean(image.bytes().isPresent());
        if (image.bytes().isPresent()) {
          write(out, image.bytes().get());
        }
        for (int number :
            new int[] {
              image.height(), image.width(), image.gridT(), image.gridH(), image.gridW()
            }) {
          out.writeInt(number);
        }
      }
      out.writeBoolean(sample.rejected().isPresent());
      if (sample.rejected().isPresent()) {
        write(out, sample.rejected().get());
      }
      out.writeInt(sample.segments().size());
      for (PackedSegment segment : sample.segments()) {
        write(out, segment.id().getBytes(StandardCharsets.UTF_8));
        out.writeInt(segment.length());
        out.writeInt(segment.images());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot pack sample " + sample.id(), e);
    }
    return bytes.toByteArray();
  }

  /** The sample that {@link #encode} packed. */
  public static EncodedSample decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      String id = text(in);
      TokenRow row = row(in);
      int imageCount = in.readInt();
      List<EncodedImage> images = new ArrayList<>(imageCount);
      for (int i = 0; i < imageCount; i++) {
        String path = text(in);
        Optional<byte[]> content = in.readBoolean() ? Optional.of(bytes(in)) : Optional.empty();
        images.add(
            new EncodedImage(
                path,
                content,
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readInt()));
      }
      Optional<TokenRow> rejected = in.readBoolean() ? Optional.of(row(in)) : Optional.empty();
      int segmentCount = in.readInt();
      List<PackedSegment> segments = new ArrayList<>(segmentCount);
      for (int i = 0; i < segmentCount; i++) {
        segments.add(new PackedSegment(text(in), in.readInt(), in.readInt()));
      }
      return new EncodedSample(id, row, images, rejected, segments);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot unpack a sample", e);
    }
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void write(DataOutputStream out, TokenRow row) throws IOException {
    out.writeInt(row.length());
    for (int id : row.inputIds()) {
      out.writeInt(id);
    }
    out.writeInt(row.labelSpans().size());
    for (LabelSpan span : row.labelSpans()) {
      out.writeInt(span.start());
      out.writeInt(span.end());
    }
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt());
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(bytes(in), StandardCharsets.UTF_8);
  }

  private static TokenRow row(DataInputStream in) throws IOException {
    int[] ids = new int[in.readInt()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = in.readInt();
    }
    int spanCount = in.readInt();
    List<LabelSpan> spans = new ArrayList<>(spanCount);
    for (int i = 0; i < spanCount; i++) {
      spans.add(new LabelSpan(in.readInt(), in.readInt()));
    }
    return new TokenRow(ids, spans);
  }
}
