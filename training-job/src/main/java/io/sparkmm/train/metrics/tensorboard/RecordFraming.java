package io.sparkmm.train.metrics.tensorboard;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The framing of TFRecord files: length (8 bytes, little-endian), checksum of the length, content,
 * checksum of the content. A checksum is a CRC-32C, rotated right by 15 bits and increased by a
 * constant, so that the checksum of bytes that contain checksums is no special case.
 */
final class RecordFraming {
  private static final int MASK_DELTA = 0xa282ead8;

  private RecordFraming() {}

  /** A record of this content. */
  static ByteBuffer frame(byte[] content) {
    ByteBuffer record =
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES + content.length + Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(content.length);
    record.putInt(maskedChecksum(record.array(), Long.BYTES));
    record.put(content);
    record.putInt(maskedChecksum(content, content.length));
    return record.flip();
  }

  private static int maskedChecksum(byte[] bytes, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, length);
    return Integer.rotateRight((int) checksum.getValue(), 15) + MASK_DELTA;
  }
}
