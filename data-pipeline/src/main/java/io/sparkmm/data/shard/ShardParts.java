package io.sparkmm.data.shard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The descriptions that tasks leave beside their shards, for the driver to collect. */
public final class ShardParts {
  private static final String FOLDER = "_parts";

  private ShardParts() {}

  static String file(Split split, int number) {
    return String.format(Locale.ROOT, "%s/%s-%08d.json", FOLDER, split.folder(), number);
  }

  /**
   * Reads the descriptions of a split's shards.
   *
   * @param folder folder that the tasks wrote to
   * @return in the order of the shards
   */
  public static List<ShardPart> read(Path folder, Split split, Configuration configuration)
      throws IOException {
    Path parts = new Path(folder, FOLDER);
    if (!DataFiles.exists(parts, configuration)) {
      return List.of();
    }
    FileSystem fileSystem = DataFiles.fileSystem(parts, configuration);
    List<Path> files =
        Arrays.stream(fileSystem.listStatus(parts))
            .map(FileStatus::getPath)
            .filter(path -> path.getName().startsWith(split.folder() + "-"))
            .sorted()
            .toList();
    List<ShardPart> read = new ArrayList<>(files.size());
    for (Path file : files) {
      read.add(
          ShardManifestParser.partFromJson(
              DataFiles.readText(file, configuration), file.toString()));
    }
    return read;
  }

  /** Removes the descriptions. */
  public static void delete(Path folder, Configuration configuration) throws IOException {
    Path parts = new Path(folder, FOLDER);
    DataFiles.fileSystem(parts, configuration).delete(parts, true);
  }
}
