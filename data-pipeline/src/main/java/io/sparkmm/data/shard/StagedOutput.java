package io.sparkmm.data.shard;

import io.sparkmm.data.sample.DataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * An output that becomes visible whole or not at all: it is written to a hidden folder beside its
 * place and moved there by one rename.
 *
 * <p>A process that is killed leaves its hidden folder behind. It disturbs nobody, and the next
 * process that completes the same output removes it.
 */
public final class StagedOutput implements AutoCloseable {
  private final Path target;
  private final Path staging;
  private final Configuration configuration;

  private StagedOutput(Path target, Path staging, Configuration configuration) {
    this.target = target;
    this.staging = staging;
    this.configuration = configuration;
  }

  /**
   * Begins an output.
   *
   * @param output its final file or folder; the parents are created
   * @throws DataException of kind {@code DATASET} if there is something of this name, or the place
   *     cannot be written to
   */
  public static StagedOutput begin(String output, Configuration configuration) {
    try {
      Path target = DataFiles.qualified(new Path(output), configuration);
      if (target.getParent() == null) {
        throw new IOException("it has no parent folder");
      }
      if (DataFiles.exists(target, configuration)) {
        throw existing(target);
      }
      Path staging = new Path(target.getParent(), prefix(target) + UUID.randomUUID());
      if (!DataFiles.fileSystem(staging, configuration).mkdirs(staging)) {
        throw new IOException("its folder cannot be created");
      }
      return new StagedOutput(target, staging, configuration);
    } catch (IOException | IllegalArgumentException e) {
      throw failure(output, e);
    }
  }

  /** The hidden folder to write into. */
  public Path staging() {
    return staging;
  }

  /** Where the output will stand. */
  public Path target() {
    return target;
  }

  /**
   * Makes the output visible.
   *
   * @param content what becomes the output: a file or folder below {@link #staging}
   * @throws DataException of kind {@code DATASET} if meanwhile there is something of this name
   */
  public void publish(Path content) {
    try {
      DataFiles.renameToNew(content, target, configuration);
    } catch (FileAlreadyExistsException e) {
      throw existing(target);
    } catch (IOException e) {
      throw publishedByOthers() ? existing(target) : failure(target.toString(), e);
    }
    removeLeftovers();
  }

  /** Another process that completed the same output has removed what this one staged. */
  private boolean publishedByOthers() {
    try {
      return DataFiles.exists(target, configuration);
    } catch (IOException e) {
      return false;
    }
  }

  /** Removes what was not published. */
  @Override
  public void close() {
    try {
      DataFiles.fileSystem(staging, configuration).delete(staging, true);
    } catch (IOException e) {
      throw failure(staging.toString(), e);
    }
  }

  /** The output exists now, so whatever other processes staged for it cannot be published. */
  private void removeLeftovers() {
    try {
      FileSystem fileSystem = DataFiles.fileSystem(target, configuration);
      for (FileStatus status : fileSystem.listStatus(target.getParent())) {
        if (status.getPath().getName().startsWith(prefix(target))) {
          fileSystem.delete(status.getPath(), true);
        }
      }
    } catch (FileNotFoundException e) {
      // Somebody else removed one at the same time.
    } catch (IOException e) {
      throw failure(target.getParent().toString(), e);
    }
  }

  private static String prefix(Path target) {
    return "." + target.getName() + ".staging-";
  }

  private static DataException existing(Path target) {
    return new DataException(
        DataException.Kind.DATASET,
        "Cannot write " + target + ": it exists already; remove it or choose another name");
  }

  private static DataException failure(String output, Exception cause) {
    return new DataException(
        DataException.Kind.DATASET, "Cannot write " + output + ": " + cause.getMessage(), cause);
  }
}
