package io.sparkmm.data.shard;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/** The file that Parquet writes to; length and checksum are known when it is closed. */
final class ChecksummedOutputFile implements OutputFile {
  private final FSDataOutputStream stream;
  private final CRC32C crc = new CRC32C();
  private final ByteArrayOutputStream tail = new ByteArrayOutputStream();
  private boolean holdBack;
  private boolean closed;
  private long written;

  ChecksummedOutputFile(FSDataOutputStream stream) {
    this.stream = stream;
  }

  /** From now on bytes are kept until the file is closed: its last row group and its footer. */
  void holdBack() {
    holdBack = true;
  }

  long length() {
    return written;
  }

  long crc32c() {
    return crc.getValue();
  }

  @Override
  public PositionOutputStream create(long blockSizeHint) {
    return new Output();
  }

  @Override
  public PositionOutputStream createOrOverwrite(long blockSizeHint) {
    return new Output();
  }

  @Override
  public boolean supportsBlockSize() {
    return false;
  }

  @Override
  public long defaultBlockSize() {
    return 0;
  }

  private void append(byte[] bytes, int offset, int length) throws IOException {
    stream.write(bytes, offset, length);
    crc.update(bytes, offset, length);
    written += length;
  }

  private final class Output extends PositionOutputStream {
    @Override
    public long getPos() {
      return written + tail.size();
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (holdBack) {
        tail.write(bytes, offset, length);
      } else {
        append(bytes, offset, length);
      }
    }

    @Override
    public void flush() throws IOException {
      stream.flush();
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      try (FSDataOutputStream closing = stream) {
        if (holdBack) {
          byte[] canonical = ParquetTail.canonical(tail.toByteArray());
          append(canonical, 0, canonical.length);
        }
        tail.reset();
        DataFiles.sync(closing);
      }
    }
  }
}
