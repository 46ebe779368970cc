package io.sparkmm.data.job;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.impl.OpenFileParameters;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.apache.spark.TaskContext;

/**
 * The local file system under another scheme, with trouble for the first task that opens a file of
 * a certain name.
 */
public final class TroubledFileSystem extends FileSystem {
  private final RawLocalFileSystem fs = new RawLocalFileSystem();

  static final String SCHEME = "troubled";
  static final String FILE = "troubled.file";
  static final String TROUBLE = "troubled.trouble";
  static final String MARKER = "troubled.marker";

  /** What happens. */
  enum Trouble {
    /** The task fails. */
    FAIL,
    /** The task stands still until it is killed. */
    HANG
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public void initialize(URI name, Configuration configuration) throws IOException {
    super.initialize(name, configuration);
    fs.initialize(URI.create("file:///"), configuration);
  }

  @Override
  public FileStatus[] listStatus(Path path) {
    throw new UnsupportedOperationException("only single files can be read");
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path(SCHEME + ":///");
  }

  @Override
  public void setWorkingDirectory(Path path) {
    throw readOnly();
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress) {
    throw readOnly();
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) {
    throw readOnly();
  }

  @Override
  public boolean rename(Path from, Path to) {
    throw readOnly();
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    throw readOnly();
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    throw readOnly();
  }

  private static UnsupportedOperationException readOnly() {
    return new UnsupportedOperationException("nothing can be written here");
  }

  @Override
  protected void checkPath(Path path) {
    // Paths of both schemes name the same files.
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    FileStatus status = fs.getFileStatus(plain(path));
    status.setPath(path);
    return status;
  }

  private static Path plain(Path path) {
    return new Path(path.toUri().getPath());
  }

  /** Settings that bring trouble; the marker file tells the process that has met it. */
  static void configure(
      Configuration configuration, String file, Trouble trouble, java.nio.file.Path marker) {
    configuration.set("fs." + SCHEME + ".impl", TroubledFileSystem.class.getName());
    configuration.set("fs." + SCHEME + ".impl.disable.cache", "true");
    configuration.set(FILE, file);
    configuration.set(TROUBLE, trouble.name());
    configuration.set(MARKER, marker.toString());
  }

  @Override
  public FSDataInputStream open(Path file, int bufferSize) throws IOException {
    if (TaskContext.get() != null && file.getName().equals(getConf().get(FILE)) && isFirst()) {
      if (getConf().get(TROUBLE).equals(Trouble.FAIL.name())) {
        throw new IllegalStateException("trouble with " + file);
      }
      hang();
    }
    return fs.open(plain(file), bufferSize);
  }

  @Override
  protected CompletableFuture<FSDataInputStream> openFileWithOptions(
      Path file, OpenFileParameters parameters) throws IOException {
    return CompletableFuture.completedFuture(open(file, parameters.getBufferSize()));
  }

  private boolean isFirst() throws IOException {
    try {
      java.nio.file.Path marker = java.nio.file.Path.of(getConf().get(MARKER));
      Files.createFile(marker);
      Files.writeString(marker, Long.toString(ProcessHandle.current().pid()));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  private static void hang() {
    try {
      while (!TaskContext.get().isInterrupted()) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new IllegalStateException("killed while it stood still");
  }
}
