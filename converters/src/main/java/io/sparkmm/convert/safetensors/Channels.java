package io.sparkmm.convert.safetensors;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Loops around the partial reads and writes that channels are free to make. */
final class Channels {

  private Channels() {}

  /** Fills {@code target} from an absolute position. */
  static void readFully(FileChannel channel, long position, ByteBuffer target) throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int count = channel.read(target, at);
      if (count < 0) {
        throw new EOFException("end of file at byte " + at);
      }
      at += count;
    }
  }

  /** The bytes of a range, which must lie in the file. */
  static InputStream stream(FileChannel channel, long position, long length) {
    return new InputStream() {
      private long at = position;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int count) throws IOException {
        int most = (int) Math.min(count, position + length - at);
        if (most <= 0) {
          return count == 0 ? 0 : -1;
        }
        readFully(channel, at, ByteBuffer.wrap(target, offset, most));
        at += most;
        return most;
      }
    };
  }

  /** Writes all of {@code source} from an absolute position on. */
  static void writeFully(FileChannel channel, long position, ByteBuffer source) throws IOException {
    long at = position;
    while (source.hasRemaining()) {
      at += channel.write(source, at);
    }
  }

  /** Makes a rename in {@code folder} survive a power cut, where the system can open folders. */
  static void forceFolder(Path folder) throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder)) {
        channel.force(true);
      }
    }
  }
}
