package io.sparkmm.data.shard;

import io.sparkmm.data.sample.DataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The manifests of a data set. {@code manifest.json} is the newest one. A data set that was added
 * to also has {@code manifests/000001.json} and so on, one a version; the file of a new version
 * appears there first, by which the version is decided, and then becomes {@code manifest.json}. A
 * crash in between does no harm: readers look for newer versions there.
 */
public final class DataSetVersions {
  private static final String FOLDER = "manifests";

  private DataSetVersions() {}

  /**
   * Reads the manifest of the newest version.
   *
   * @throws DataException of kind {@code DATASET} if there is none, or it is damaged
   */
  public static ShardManifest current(Path folder, Configuration configuration) {
    ShardManifest manifest = first(folder, configuration);
    Path newer = file(folder, manifest.version() + 1);
    while (exists(newer, configuration)) {
      manifest = parse(newer, configuration);
      newer = file(folder, manifest.version() + 1);
    }
    return manifest;
  }

  /**
   * Reads the manifest of a version.
   *
   * @param version number of the version, from 1
   * @throws DataException of kind {@code DATASET} if there is no such version; the message names
   *     those that there are
   */
  public static ShardManifest read(Path folder, int version, Configuration configuration) {
    ShardManifest current = current(folder, configuration);
    if (current.version() == version) {
      return current;
    }
    Path file = file(folder, version);
    if (!exists(file, configuration)) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot read version "
              + version
              + " of data set "
              + folder
              + ": it has the versions "
              + versions(folder, configuration));
    }
    return parse(file, configuration);
  }

  /** Numbers of the versions that can be read. */
  public static List<Integer> versions(Path folder, Configuration configuration) {
    List<Integer> versions = new ArrayList<>();
    versions.add(current(folder, configuration).version());
    try {
      Path manifests = new Path(folder, FOLDER);
      for (FileStatus status :
          DataFiles.fileSystem(manifests, configuration).listStatus(manifests)) {
        String name = status.getPath().getName();
        if (name.matches("\\d{6}\\.json")) {
          int version = Integer.parseInt(name.substring(0, 6));
          if (!versions.contains(version)) {
            versions.add(version);
          }
        }
      }
    } catch (FileNotFoundException e) {
      // Nothing was added yet.
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
    Collections.sort(versions);
    return versions;
  }

  /** Makes the newest version {@code manifest.json}. */
  static void rollForward(Path folder, Configuration configuration) throws IOException {
    ShardManifest newest = current(folder, configuration);
    while (first(folder, configuration).version() < newest.version()) {
      Path file = file(folder, newest.version());
      Path copy = new Path(file.getParent(), "." + UUID.randomUUID() + ".json");
      DataFiles.writeTextInFolder(copy, DataFiles.readText(file, configuration), configuration);
      DataFiles.replace(copy, new Path(folder, ShardManifest.FILE_NAME), configuration);
      newest = current(folder, configuration);
    }
  }

  /** File of a version's manifest. */
  static Path file(Path folder, int version) {
    return new Path(folder, String.format(Locale.ROOT, "%s/%06d.json", FOLDER, version));
  }

  /** The manifest that stands in {@code manifest.json}, whatever came after it. */
  static ShardManifest first(Path folder, Configuration configuration) {
    Path file = new Path(folder, ShardManifest.FILE_NAME);
    if (!exists(file, configuration)) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot read data set "
              + folder
              + ": there is no "
              + ShardManifest.FILE_NAME
              + "; it is written last, so the data set is incomplete or the folder is another");
    }
    return parse(file, configuration);
  }

  private static ShardManifest parse(Path file, Configuration configuration) {
    try {
      return ShardManifestParser.fromJson(DataFiles.readText(file, configuration), file.toString());
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static boolean exists(Path file, Configuration configuration) {
    try {
      return DataFiles.exists(file, configuration);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static DataException unreadable(Path file, IOException cause) {
    return new DataException(
        DataException.Kind.DATASET, "Cannot read " + file + ": " + cause.getMessage(), cause);
  }
}
