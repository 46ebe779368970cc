package io.sparkmm.train.input;

import io.sparkmm.data.shard.DataFiles;
import java.io.IOException;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Pictures by path, on any Hadoop file system. Thread-safe. */
public final class PictureFiles {
  private final Path base;
  private final Configuration configuration;

  /**
   * Makes a reader.
   *
   * @param base folder that relative paths start from
   * @param configuration how to reach file systems
   */
  public PictureFiles(Path base, Configuration configuration) {
    this.base = Objects.requireNonNull(base, "base");
    this.configuration = Objects.requireNonNull(configuration, "configuration");
  }

  /** The bytes of a picture file. */
  public byte[] read(String picture) throws IOException {
    Path path = new Path(picture);
    return DataFiles.readBytes(path.isAbsolute() ? path : new Path(base, path), configuration);
  }
}
