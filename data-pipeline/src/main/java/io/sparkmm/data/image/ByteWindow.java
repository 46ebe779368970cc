package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;
import java.io.IOException;

/** Numbers at positions of a file, which is read in pieces around the position asked for. */
final class ByteWindow {
  private static final int PIECE_BYTES = 4096;

  private final ByteSource source;
  private final String name;
  private byte[] piece = new byte[0];
  private long pieceStart;

  ByteWindow(ByteSource source, String name) {
    this.source = source;
    this.name = name;
  }

  String name() {
    return name;
  }

  long size() {
    try {
      return source.size();
    } catch (IOException e) {
      throw new ImageException(RejectReason.IMAGE_UNREADABLE, name, e);
    }
  }

  /** The byte at a position, 0 to 255. */
  int u8(long position) {
    if (position < pieceStart || position >= pieceStart + piece.length) {
      load(position);
    }
    return piece[(int) (position - pieceStart)] & 0xff;
  }

  int u16BigEndian(long position) {
    return u8(position) << 8 | u8(position + 1);
  }

  int u16LittleEndian(long position) {
    return u8(position) | u8(position + 1) << 8;
  }

  long u32BigEndian(long position) {
    return (long) u16BigEndian(position) << 16 | u16BigEndian(position + 2);
  }

  int i32LittleEndian(long position) {
    return u16LittleEndian(position) | u16LittleEndian(position + 2) << 16;
  }

  int u24LittleEndian(long position) {
    return u16LittleEndian(position) | u8(position + 2) << 16;
  }

  /** Whether the bytes from a position on are those of an ASCII text. */
  boolean startsWith(long position, String ascii) {
    if (position + ascii.length() > size()) {
      return false;
    }
    for (int i = 0; i < ascii.length(); i++) {
      if (u8(position + i) != ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void load(long position) {
    try {
      piece = source.read(position, PIECE_BYTES);
      pieceStart = position;
    } catch (IOException e) {
      throw new ImageException(RejectReason.IMAGE_UNREADABLE, name, e);
    }
    if (piece.length == 0) {
      throw new ImageException(
          RejectReason.IMAGE_HEADER_TRUNCATED,
          name,
          "byte " + position + " is wanted, the file has " + size() + " bytes");
    }
  }
}
