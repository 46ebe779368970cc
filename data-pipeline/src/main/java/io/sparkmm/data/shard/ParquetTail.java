package io.sparkmm.data.shard;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;

/**
 * Brings the end of a Parquet file into one form. Parquet's writer lists the encodings of a column
 * in the order of a hash set of enum constants, which differs from one JVM to the next; here they
 * are sorted.
 */
final class ParquetTail {
  /** Length of the footer (int, little endian) and magic word. */
  private static final int TRAILER_BYTES = 8;

  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private ParquetTail() {}

  /**
   * The same file end with sorted encodings.
   *
   * @param tail last bytes of a file, with at least the whole footer
   * @throws IOException if this is not the end of a Parquet file
   */
  static byte[] canonical(byte[] tail) throws IOException {
    int footerEnd = tail.length - TRAILER_BYTES;
    if (footerEnd < 0 || !Arrays.equals(tail, tail.length - 4, tail.length, MAGIC, 0, 4)) {
      throw new IOException("the written file does not end as a Parquet file");
    }
    int length = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).getInt(footerEnd);
    int footerStart = footerEnd - length;
    if (length < 0 || footerStart < 0) {
      throw new IOException("the written file's footer has " + length + " bytes");
    }
    FileMetaData footer =
        Util.readFileMetaData(new ByteArrayInputStream(tail, footerStart, length));
    for (RowGroup group : footer.getRow_groups()) {
      for (ColumnChunk column : group.getColumns()) {
        column.getMeta_data().getEncodings().sort(Comparator.comparingInt(Encoding::getValue));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(tail.length);
    out.write(tail, 0, footerStart);
    Util.writeFileMetaData(footer, out);
    int newLength = out.size() - footerStart;
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(newLength).array());
    out.writeBytes(MAGIC);
    return out.toByteArray();
  }
}
