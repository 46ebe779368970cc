package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpFile;
import io.sparkmm.convert.dcp.DcpMetadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The file system, which refuses everything from some operation on, as a full disk or a process
 * that was killed does.
 */
class FailingOps implements FileOps {
  private final int allowed;
  private final String reason;
  private int done;

  /**
   * @param allowed operations that are done before the first failure
   */
  FailingOps(int allowed, String reason) {
    this.allowed = allowed;
    this.reason = reason;
  }

  private synchronized void count() throws IOException {
    if (++done > allowed) {
      throw new IOException(reason);
    }
  }

  private void countUnchecked() {
    try {
      count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Operations that were asked for. */
  synchronized int done() {
    return done;
  }

  @Override
  public void createFolder(Path folder) throws IOException {
    count();
    DISK.createFolder(folder);
  }

  @Override
  public DcpMetadata writeTensors(Path folder, DcpFile file) {
    countUnchecked();
    return DISK.writeTensors(folder, file);
  }

  @Override
  public void writeMetadata(Path folder, List<DcpMetadata> parts) {
    countUnchecked();
    DISK.writeMetadata(folder, parts);
  }

  @Override
  public void writeFile(Path file, byte[] bytes) throws IOException {
    count();
    DISK.writeFile(file, bytes);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    count();
    DISK.rename(from, to);
  }

  @Override
  public void delete(Path path) throws IOException {
    count();
    DISK.delete(path);
  }
}
