package io.sparkmm.data.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import io.sparkmm.data.sample.RejectReason;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes WebP files with libwebp, bit for bit as Pillow does. Of an animation the first frame is
 * taken, on a canvas of transparent black.
 */
final class WebpDecoder {
  private static final int EXTENDED_BYTES = 10;
  private static final byte ALPHA_FLAG = 0x10;

  private WebpDecoder() {}

  static PixelImage decode(String name, byte[] file, ImageHeader header) {
    int channels = header.mode() == ImageMode.RGBA ? 4 : 3;
    ByteWindow window = new ByteWindow(ByteSource.of(file), name);
    Optional<WebpHeader.Chunk> animated = WebpHeader.firstFrame(window);
    if (animated.isEmpty()) {
      BufferedImage image = libwebp(name, file);
      PixelImage whole = blank(image.getWidth(), image.getHeight(), channels);
      paint(image, whole, 0, 0);
      return whole;
    }
    long at = animated.get().position();
    int left = 2 * window.u24LittleEndian(at);
    int top = 2 * window.u24LittleEndian(at + 3);
    int width = window.u24LittleEndian(at + 6) + 1;
    int height = window.u24LittleEndian(at + 9) + 1;
    if ((long) left + width > header.width() || (long) top + height > header.height()) {
      throw ImageHeaders.invalid(window, "the first frame reaches beyond the picture");
    }
    WebpHeader.checkFrame(window, animated.get(), width, height);
    BufferedImage frame = libwebp(name, still(file, animated.get(), width, height));
    PixelImage canvas = blank(header.width(), header.height(), channels);
    paint(frame, canvas, left, top);
    return canvas;
  }

  /** A file with one picture that has the data of a frame. */
  private static byte[] still(byte[] file, WebpHeader.Chunk frame, int width, int height) {
    int from = (int) frame.position() + WebpHeader.FRAME_HEADER_BYTES;
    int length =
        (int) Math.min(frame.length() - WebpHeader.FRAME_HEADER_BYTES, file.length - (long) from);
    int riff = 4 + WebpHeader.CHUNK_HEADER_BYTES + EXTENDED_BYTES + length;
    ByteBuffer still =
        ByteBuffer.allocate(WebpHeader.CHUNK_HEADER_BYTES + riff).order(ByteOrder.LITTLE_ENDIAN);
    still.put(ascii("RIFF")).putInt(riff).put(ascii("WEBP"));
    still.put(ascii("VP8X")).putInt(EXTENDED_BYTES).putInt(ALPHA_FLAG);
    u24(still, width - 1);
    u24(still, height - 1);
    still.put(file, from, length);
    return still.array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void u24(ByteBuffer buffer, int value) {
    buffer.putShort((short) value).put((byte) (value >> 16));
  }

  private static BufferedImage libwebp(String name, byte[] file) {
    ImageReader reader = new WebPImageReaderSpi().createReaderInstance(null);
    try (ImageInputStream input = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(input);
      return reader.read(0);
    } catch (IOException | RuntimeException e) {
      throw new ImageException(RejectReason.IMAGE_UNDECODABLE, name, e);
    } catch (OutOfMemoryError e) {
      // The JVM's own errors say what there is too little of. This one is libwebp's, which also
      // gives it for damaged transparency; what it allocates is bounded by the header.
      if (e.getMessage() != null) {
        throw e;
      }
      throw new ImageException(
          RejectReason.IMAGE_UNDECODABLE, name, "libwebp cannot decode its transparency");
    } catch (LinkageError e) {
      throw new IllegalStateException(
          "Cannot decode WebP picture "
              + name
              + ": libwebp cannot be loaded on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + "; it is unpacked to java.io.tmpdir, where libraries have to be executable",
          e);
    } finally {
      reader.dispose();
    }
  }

  private static PixelImage blank(int width, int height, int channels) {
    int length = Math.multiplyExact(Math.multiplyExact(width, height), channels);
    return new PixelImage(width, height, channels, new byte[length]);
  }

  /** Copies pixels of the form ARGB, which is how libwebp's binding returns them. */
  private static void paint(BufferedImage from, PixelImage to, int left, int top) {
    int[] pixels = ((DataBufferInt) from.getRaster().getDataBuffer()).getData();
    int channels = to.channels();
    byte[] samples = to.samples();
    int p = 0;
    for (int y = 0; y < from.getHeight(); y++) {
      int at = ((top + y) * to.width() + left) * channels;
      for (int x = 0; x < from.getWidth(); x++) {
        int pixel = pixels[p++];
        samples[at] = (byte) (pixel >> 16);
        samples[at + 1] = (byte) (pixel >> 8);
        samples[at + 2] = (byte) pixel;
        if (channels == 4) {
          samples[at + 3] = (byte) (pixel >> 24);
        }
        at += channels;
      }
    }
  }
}
