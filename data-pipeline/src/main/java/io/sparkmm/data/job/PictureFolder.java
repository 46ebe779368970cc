package io.sparkmm.data.job;

import io.sparkmm.data.shard.DataFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A folder that tasks write pictures to. A picture gets its name when it is complete, and the same
 * bytes when another attempt of the task writes it again.
 */
final class PictureFolder {
  private final Path folder;
  private final Path unfinished;
  private final Configuration configuration;

  /**
   * A folder.
   *
   * @param folder where the pictures go; must exist
   * @param unfinished a folder on the same file system for pictures that are being written
   */
  PictureFolder(Path folder, Path unfinished, Configuration configuration) {
    this.folder = folder;
    this.unfinished = unfinished;
    this.configuration = configuration;
  }

  /** The name of a row's picture, whatever its format. */
  static String name(long row) {
    return String.format(Locale.ROOT, "%04d.jpg", row);
  }

  /** Stores the picture of a row, which ends the stream. */
  void store(long row, InputStream picture) throws IOException {
    Path target = new Path(folder, name(row));
    Path temporary = new Path(unfinished, UUID.randomUUID().toString());
    FileSystem fileSystem = DataFiles.fileSystem(target, configuration);
    try {
      try (OutputStream out = fileSystem.create(temporary, false)) {
        picture.transferTo(out);
      }
      if (!fileSystem.rename(temporary, target) && !DataFiles.exists(target, configuration)) {
        throw new IOException("it cannot be named " + target);
      }
    } finally {
      fileSystem.delete(temporary, false);
    }
  }
}
