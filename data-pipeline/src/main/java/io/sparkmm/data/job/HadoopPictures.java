package io.sparkmm.data.job;

import io.sparkmm.data.image.ByteSource;
import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageProbe;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.shard.DataFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Pictures on any Hadoop file system; relative paths start from the driver's working folder when
 * the configuration came through {@link HadoopSettings}.
 */
final class HadoopPictures implements ImageProbe {
  private final Configuration configuration;

  HadoopPictures(Configuration configuration) {
    this.configuration = Objects.requireNonNull(configuration, "configuration");
  }

  @Override
  public ImageHeader probe(String picture) {
    try {
      Path path = path(picture);
      FileSystem fileSystem = DataFiles.fileSystem(path, configuration);
      FileStatus status = status(picture, path, fileSystem);
      try (FSDataInputStream stream = fileSystem.open(path)) {
        return ImageHeader.check(picture, new StreamSource(stream, status.getLen()));
      }
    } catch (IOException e) {
      throw new ImageException(RejectReason.IMAGE_UNREADABLE, picture, e);
    }
  }

  /** Whether a path names a file. */
  boolean exists(String picture) {
    try {
      Path path = path(picture);
      return DataFiles.fileSystem(path, configuration).getFileStatus(path).isFile();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The bytes of a picture file.
   *
   * @throws ImageException if it cannot be read
   */
  byte[] read(String picture) {
    try {
      return DataFiles.readBytes(path(picture), configuration);
    } catch (IOException e) {
      throw new ImageException(RejectReason.IMAGE_UNREADABLE, picture, e);
    }
  }

  /**
   * Opens a picture file.
   *
   * @throws ImageException if it cannot be read
   */
  java.io.InputStream open(String picture) {
    try {
      Path path = path(picture);
      return DataFiles.fileSystem(path, configuration).open(path);
    } catch (IOException e) {
      throw new ImageException(RejectReason.IMAGE_UNREADABLE, picture, e);
    }
  }

  private static FileStatus status(String picture, Path path, FileSystem fileSystem)
      throws IOException {
    FileStatus status;
    try {
      status = fileSystem.getFileStatus(path);
    } catch (FileNotFoundException e) {
      throw new ImageException(RejectReason.IMAGE_MISSING, picture, "there is no such file");
    }
    if (!status.isFile()) {
      throw new ImageException(RejectReason.IMAGE_UNREADABLE, picture, "it is a folder");
    }
    return status;
  }

  private Path path(String picture) throws IOException {
    try {
      return HadoopSettings.absolute(new Path(picture), configuration);
    } catch (IllegalArgumentException e) {
      throw new FileNotFoundException(e.getMessage());
    }
  }

  private static final class StreamSource implements ByteSource {
    private final FSDataInputStream stream;
    private final long size;

    StreamSource(FSDataInputStream stream, long size) {
      this.stream = stream;
      this.size = size;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public byte[] read(long position, int length) throws IOException {
      int available = (int) Math.max(0, Math.min(length, size - position));
      byte[] bytes = new byte[available];
      stream.readFully(position, bytes);
      return bytes;
    }
  }
}
