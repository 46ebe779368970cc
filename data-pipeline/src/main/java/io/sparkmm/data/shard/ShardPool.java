package io.sparkmm.data.shard;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.SampleKind;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;

/**
 * A place where shards are collected until all of them are there. Any number of attempts may make
 * the same shard at the same time: each writes to files of its own, which get their final names
 * when they are complete, the description last. All attempts write the same bytes, so it does not
 * matter which one comes last.
 *
 * @param folder hidden folder that holds the place
 * @param name name of the place in that folder
 * @param kind what the samples are
 * @param naming names of the files
 * @param target folder of a data set that finished files may have been moved to already; empty when
 *     there is none
 */
public record ShardPool(
    String folder, String name, SampleKind kind, ShardNaming naming, String target)
    implements Serializable {
  public ShardPool {
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(naming, "naming");
    Objects.requireNonNull(target, "target");
  }

  /** Folder that looks like the data set's. */
  public Path content() {
    return new Path(folder, name);
  }

  private Path parts() {
    return new Path(folder, name + "-parts");
  }

  private Path attempts() {
    return new Path(folder, "attempts");
  }

  /** Makes the folders. Writers do not: they must not bring back a place that was removed. */
  public void create(Set<Split> splits, Configuration configuration) throws IOException {
    for (Split split : splits) {
      make(new Path(content(), split.folder()), configuration);
    }
    make(new Path(content(), ShardNaming.REJECTS), configuration);
    make(parts(), configuration);
    make(attempts(), configuration);
  }

  /**
   * Takes over a file of another pool, whole or not at all.
   *
   * @param file its path in both pools
   */
  public void copy(ShardPool from, String file, Configuration configuration) throws IOException {
    Path copy = attempt(".copy");
    Path source = new Path(from.content(), file);
    try (FSDataInputStream in = DataFiles.fileSystem(source, configuration).open(source);
        FSDataOutputStream out = DataFiles.createInFolder(copy, configuration)) {
      in.transferTo(out);
      DataFiles.sync(out);
    }
    DataFiles.replace(copy, new Path(content(), file), configuration);
  }

  /** A name that no other attempt has. */
  Path attempt(String ending) {
    return new Path(attempts(), UUID.randomUUID() + ending);
  }

  /** File that describes a finished shard. */
  Path part(ShardKey key) {
    return new Path(
        parts(), String.format(Locale.ROOT, "%s-%08d.json", key.split().folder(), key.number()));
  }

  /**
   * The description of a shard that an earlier attempt has finished.
   *
   * @return empty if there is none, or it is damaged, or the files do not agree with it
   */
  public Optional<ShardPart> finished(ShardKey key, Configuration configuration)
      throws IOException {
    Optional<ShardPart> part = find(key, configuration);
    return part.isPresent() && isWhole(part.get(), configuration) ? part : Optional.empty();
  }

  /** The description of a shard; the files are not looked at. */
  public Optional<ShardPart> find(ShardKey key, Configuration configuration) throws IOException {
    Path file = part(key);
    try {
      return Optional.of(
          ShardManifestParser.partFromJson(
              DataFiles.readText(file, configuration), file.toString()));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (DataException e) {
      // Half a description after the machine went down: as if there was none.
      return Optional.empty();
    }
  }

  /** Whether there is any description, so that it is worth looking at them one by one. */
  public boolean isStarted(Configuration configuration) throws IOException {
    Path parts = parts();
    return DataFiles.exists(parts, configuration)
        && DataFiles.fileSystem(parts, configuration).listStatus(parts).length > 0;
  }

  private boolean isWhole(ShardPart part, Configuration configuration) throws IOException {
    ShardInfo shard = part.shard();
    if (!agrees(shard.file(), shard.bytes(), shard.crc32c(), configuration)) {
      return false;
    }
    Optional<ShardPart.RejectsFile> rejects = part.rejectsFile();
    return rejects.isEmpty()
        || agrees(
            rejects.get().file(), rejects.get().bytes(), rejects.get().crc32c(), configuration);
  }

  private boolean agrees(String file, long bytes, long crc32c, Configuration configuration)
      throws IOException {
    return DataFiles.agrees(new Path(content(), file), bytes, crc32c, configuration)
        || (!target.isEmpty()
            && DataFiles.agrees(new Path(target, file), bytes, crc32c, configuration));
  }

  private static void make(Path folder, Configuration configuration) throws IOException {
    if (!DataFiles.fileSystem(folder, configuration).mkdirs(folder)) {
      throw new IOException("Cannot create folder " + folder);
    }
  }
}
