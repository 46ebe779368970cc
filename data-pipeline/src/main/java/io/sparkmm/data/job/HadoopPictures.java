package io.sparkmm.data.job;

import io.sparkmm.data.image.ImageCheck;
import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageProbe;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.shard.DataFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * Pictures on any Hadoop file system; relative paths start from the driver's working folder when
 * the configuration came through {@link HadoopSettings}.
 *
 * <p>Remembers what it has seen, since the same picture stands in many records: for one task, in
 * which files do not change. Not thread-safe.
 *
 * <p>A new picture costs one look-up and one open file with two small reads, of its head and of its
 * end. Local files are read without Hadoop, which would look them up once more.
 */
final class HadoopPictures implements ImageProbe {
  /** Most pictures whose headers are remembered, about 200 bytes each. */
  private static final int REMEMBERED = 65_536;

  /** Most look-ups that wait for their picture to be probed. */
  private static final int LOOKED_UP = 256;

  private final Configuration configuration;
  private final boolean decode;
  private final BoundedCache<String, ImageHeader> headers = new BoundedCache<>(REMEMBERED);
  private final BoundedCache<String, PictureFile> files = new BoundedCache<>(LOOKED_UP);

  /** Pictures of which only headers are read. */
  HadoopPictures(Configuration configuration) {
    this(configuration, false);
  }

  /**
   * Pictures.
   *
   * @param configuration how to reach file systems
   * @param decode whether {@link #probe} decodes the picture, to find any damage
   */
  HadoopPictures(Configuration configuration, boolean decode) {
    this.configuration = Objects.requireNonNull(configuration, "configuration");
    this.decode = decode;
  }

  @Override
  public ImageHeader probe(String picture) {
    return headers.get(picture).orElseGet(() -> headers.put(picture, look(picture)));
  }

  /** Whether a path names a file. */
  boolean exists(String picture) {
    if (headers.get(picture).isPresent()) {
      return true;
    }
    try {
      return file(picture).isFile();
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

  private ImageHeader look(String picture) {
    PictureFile file;
    try {
      file = file(picture);
    } catch (FileNotFoundException e) {
      throw new ImageException(RejectReason.IMAGE_MISSING, picture, "there is no such file");
    } catch (IOException e) {
      throw new ImageException(RejectReason.IMAGE_UNREADABLE, picture, e);
    }
    if (!file.isFile()) {
      throw new ImageException(RejectReason.IMAGE_UNREADABLE, picture, "it is no file");
    }
    ImageHeader header = file.probe(picture);
    return decode ? ImageCheck.decode(picture, read(picture)) : header;
  }

  private PictureFile file(String picture) throws IOException {
    var known = files.get(picture);
    return known.isPresent() ? known.get() : files.put(picture, find(picture));
  }

  private PictureFile find(String picture) throws IOException {
    Path path = path(picture);
    FileSystem fileSystem = DataFiles.fileSystem(path, configuration);
    if (fileSystem instanceof RawLocalFileSystem local) {
      return PictureFile.Local.find(local.pathToFile(path).toPath());
    }
    return new PictureFile.Remote(fileSystem, fileSystem.getFileStatus(path));
  }

  private Path path(String picture) throws IOException {
    try {
      return HadoopSettings.absolute(new Path(picture), configuration);
    } catch (IllegalArgumentException e) {
      throw new FileNotFoundException(e.getMessage());
    }
  }
}
