package io.sparkmm.data.shard;

import java.io.IOException;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/** The file that Parquet writes to; length and checksum are known when it is closed. */
final class ChecksummedOutputFile implements OutputFile {
  private final FSDataOutputStream stream;
  private final CRC32C crc = new CRC32C();
  private long position;

  ChecksummedOutputFile(FSDataOutputStream stream) {
    this.stream = stream;
  }

  long length() {
    return position;
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

  private final class Output extends PositionOutputStream {
    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void write(int value) throws IOException {
      stream.write(value);
      crc.update(value);
      position++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      stream.write(bytes, offset, length);
      crc.update(bytes, offset, length);
      position += length;
    }

    @Override
    public void flush() throws IOException {
      stream.flush();
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }
}
