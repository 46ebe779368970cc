package io.sparkmm.data.shard;

import io.sparkmm.data.sample.DataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes finished shards visible: as a new data set by one rename, or as the next version of one.
 *
 * <p>A next version is made in four steps. Its files, each whole and under names that no other
 * version has, are moved to the data set, where nothing names them yet. A new file {@code
 * manifests/<version>.json} decides who made the version: of several runs one succeeds, the others
 * take their files back. {@code manifest.json} is replaced in one step. Files of runs that lost or
 * died are removed. A run that dies on the way is completed by the next one.
 */
public final class DataSetPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(DataSetPublisher.class);

  private final ShardStaging staging;
  private final Path target;
  private final Configuration configuration;

  /** Publishes what is made in a folder. */
  public DataSetPublisher(ShardStaging staging, Configuration configuration) {
    this.staging = staging;
    this.target = staging.target();
    this.configuration = configuration;
  }

  /**
   * Publishes a new data set.
   *
   * @param pool its shards
   * @return false if another run has published the same meanwhile
   * @throws DataException of kind {@code DATASET} if meanwhile there is something else
   */
  public boolean create(ShardPool pool, ShardManifest manifest) throws IOException {
    Path content = pool.content();
    try {
      removeIfEmpty(new Path(content, ShardNaming.REJECTS));
      Path file = temporary(manifest);
      LOG.debug("Writing the manifest");
      DataFiles.replace(file, new Path(content, ShardManifest.FILE_NAME), configuration);
      LOG.debug("Publishing {}", target);
      DataFiles.renameToNew(content, target, configuration);
    } catch (FileAlreadyExistsException | FileNotFoundException e) {
      // A run that makes the same has moved the content away, or one that makes something else.
      ShardManifest theirs = published(e);
      if (!theirs.lineage().fingerprint().equals(manifest.lineage().fingerprint())) {
        throw taken("another run has published a data set of other inputs or settings");
      }
      staging.discard();
      return false;
    }
    LOG.debug("Published {}", target);
    staging.discard();
    ShardStaging.removeStale(target, configuration);
    return true;
  }

  /**
   * Publishes the next version of a data set.
   *
   * @param pool the shards that it adds
   * @param files all files that it adds, as paths below the data set's folder
   * @param manifest the manifest of the new version
   * @return false if another run has published the same meanwhile
   * @throws DataException of kind {@code DATASET} if another run has added something else meanwhile
   */
  public boolean append(ShardPool pool, List<String> files, ShardManifest manifest)
      throws IOException {
    ShardManifest before = DataSetVersions.current(target, configuration);
    if (before.version() >= manifest.version()) {
      return lost(files, manifest);
    }
    makeFolders(manifest);
    try {
      for (String file : files) {
        move(pool, file);
      }
      keep(before);
      LOG.debug("Claiming version {}", manifest.version());
      DataFiles.renameToNew(
          temporary(manifest), DataSetVersions.file(target, manifest.version()), configuration);
    } catch (FileAlreadyExistsException | FileNotFoundException e) {
      if (DataSetVersions.current(target, configuration).version() < manifest.version()) {
        throw e;
      }
      return lost(files, manifest);
    }
    LOG.debug("Claimed version {}", manifest.version());
    DataSetVersions.rollForward(target, configuration);
    // No other run can make this version any more.
    removeUnreferenced(target, manifest, addition -> true, configuration);
    staging.discard();
    ShardStaging.removeStale(target, configuration);
    return true;
  }

  /**
   * Puts in order what a run that died has left: makes the newest version {@code manifest.json},
   * and removes files and folders that belong to no version and to no run that is alive.
   */
  public static void tidy(Path target, Configuration configuration) throws IOException {
    ShardManifest current = DataSetVersions.current(target, configuration);
    DataSetVersions.rollForward(target, configuration);
    removeUnreferenced(
        target,
        current,
        addition -> !ShardStaging.isAlive(target, addition.token(), configuration),
        configuration);
    for (Lineage.Addition addition : current.lineage().additions()) {
      ShardStaging.remove(target, addition.fingerprint(), configuration);
    }
    ShardStaging.removeStale(target, configuration);
  }

  /** Which files that no version names may be removed. */
  private interface Removable {
    boolean test(ShardNaming.Addition addition) throws IOException;
  }

  /**
   * Another run has made the version.
   *
   * @return false if it has made the same
   */
  private boolean lost(List<String> files, ShardManifest manifest) throws IOException {
    ShardManifest theirs = DataSetVersions.read(target, manifest.version(), configuration);
    if (theirs.lineage().fingerprint().equals(manifest.lineage().fingerprint())) {
      DataSetVersions.rollForward(target, configuration);
      staging.discard();
      return false;
    }
    for (String file : files) {
      DataFiles.delete(new Path(target, file), configuration);
    }
    staging.discard();
    throw new DataException(
        DataException.Kind.DATASET,
        "Cannot append to "
            + target
            + ": another run has added version "
            + manifest.version()
            + " meanwhile; run again to add what is still missing");
  }

  private void makeFolders(ShardManifest manifest) throws IOException {
    FileSystem fileSystem = DataFiles.fileSystem(target, configuration);
    for (Split split : manifest.shards().keySet()) {
      fileSystem.mkdirs(new Path(target, split.folder()));
    }
    fileSystem.mkdirs(new Path(target, ShardNaming.REJECTS));
    fileSystem.mkdirs(DataSetVersions.file(target, 1).getParent());
  }

  private void move(ShardPool pool, String file) throws IOException {
    Path to = new Path(target, file);
    try {
      DataFiles.replace(new Path(pool.content(), file), to, configuration);
      LOG.debug("Moved {}", file);
    } catch (FileNotFoundException e) {
      // Moved already, by a run that died or one that makes the same.
      if (!DataFiles.exists(to, configuration)) {
        throw e;
      }
    }
  }

  /** Keeps the manifest of the version before the new one. */
  private void keep(ShardManifest before) throws IOException {
    Path kept = DataSetVersions.file(target, before.version());
    if (!DataFiles.exists(kept, configuration)) {
      try {
        DataFiles.renameToNew(temporary(before), kept, configuration);
      } catch (FileAlreadyExistsException e) {
        // Another run has kept it.
      }
    }
  }

  private Path temporary(ShardManifest manifest) throws IOException {
    Path file = staging.temporary();
    DataFiles.writeTextInFolder(file, ShardManifestParser.toJson(manifest), configuration);
    return file;
  }

  private void removeIfEmpty(Path folder) throws IOException {
    FileSystem fileSystem = DataFiles.fileSystem(folder, configuration);
    if (DataFiles.exists(folder, configuration) && fileSystem.listStatus(folder).length == 0) {
      fileSystem.delete(folder, false);
    }
  }

  /** What another run has published, or the failure if nobody has. */
  private ShardManifest published(IOException failure) throws IOException {
    if (!DataFiles.exists(target, configuration)) {
      throw failure;
    }
    if (!DataFiles.exists(new Path(target, ShardManifest.FILE_NAME), configuration)) {
      throw taken("something that is no data set appeared");
    }
    return DataSetVersions.read(target, 1, configuration);
  }

  private DataException taken(String what) {
    return new DataException(
        DataException.Kind.DATASET,
        "Cannot write "
            + target
            + ": "
            + what
            + " there meanwhile; remove it or choose another name");
  }

  private static void removeUnreferenced(
      Path target, ShardManifest manifest, Removable removable, Configuration configuration)
      throws IOException {
    Set<ShardNaming.Addition> referenced = new HashSet<>();
    for (List<ShardInfo> shards : manifest.shards().values()) {
      shards.forEach(shard -> ShardNaming.addition(shard.file()).ifPresent(referenced::add));
    }
    FileSystem fileSystem = DataFiles.fileSystem(target, configuration);
    for (String name : List.of(Split.TRAIN.folder(), Split.VAL.folder(), ShardNaming.REJECTS)) {
      Path folder = new Path(target, name);
      if (!DataFiles.exists(folder, configuration)) {
        continue;
      }
      for (FileStatus status : fileSystem.listStatus(folder)) {
        Optional<ShardNaming.Addition> addition = ShardNaming.addition(status.getPath().getName());
        // Files of a later version may belong to a run that is making it right now.
        if (addition.isPresent()
            && addition.get().version() <= manifest.version()
            && !referenced.contains(addition.get())
            && removable.test(addition.get())) {
          LOG.info("Removing {}, which belongs to no version", status.getPath());
          fileSystem.delete(status.getPath(), false);
        }
      }
    }
  }
}
