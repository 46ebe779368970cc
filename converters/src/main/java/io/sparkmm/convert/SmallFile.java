package io.sparkmm.convert;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads files that are read whole, unless they are too large for that. */
public final class SmallFile {

  private static final long MOST = 64L << 20;
  private static final int PARTS_OF_HEAP = 16;

  private SmallFile() {}

  /**
   * The text of a file of at most 64 MiB and a sixteenth of this JVM's heap, since what is parsed
   * of them takes several times as much.
   *
   * @throws IOException when it cannot be read, is larger, or is not UTF-8
   */
  public static String text(Path file) throws IOException {
    byte[] bytes = read(file, Math.min(MOST, Runtime.getRuntime().maxMemory() / PARTS_OF_HEAP));
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  private static byte[] read(Path file, long most) throws IOException {
    long size = Files.size(file);
    if (size <= most) {
      // The size is only a claim where the path is no regular file.
      try (InputStream in = Files.newInputStream(file)) {
        byte[] bytes = in.readNBytes((int) Math.min(most + 1, Integer.MAX_VALUE));
        if (bytes.length <= most) {
          return bytes;
        }
        size = bytes.length;
      }
    }
    throw new IOException(
        "it has " + size + " bytes, more than the " + most + " that are read of such a file");
  }
}
