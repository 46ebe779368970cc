package io.sparkmm.data.shard;

import io.sparkmm.data.sample.SampleKind;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hidden folder beside a data set in which one version of it is made. Its name comes from the
 * fingerprint of inputs and settings, so a run that was killed is continued by the next one that
 * makes the same, and two runs that make the same at the same time share their work.
 *
 * <p>A run that is alive renews a marker file in the folder. A folder whose markers are all older
 * than {@link #LEASE} belongs to nobody and may be removed; ages are differences of modification
 * times of one file system, so clocks of other machines do not matter.
 */
public final class ShardStaging implements AutoCloseable {
  /** Age at which a marker says that its run is dead. */
  public static final Duration LEASE = Duration.ofMinutes(10);

  private static final Logger LOG = LoggerFactory.getLogger(ShardStaging.class);
  private static final Duration RENEWAL = Duration.ofSeconds(20);
  private static final Duration RETRY = Duration.ofMillis(100);
  private static final int DELETE_TRIES = 20;
  private static final int NAME_LENGTH = 16;
  private static final String RUNS = "runs";

  private final Path target;
  private final Path folder;
  private final Path marker;
  private final Configuration configuration;
  private final Thread renewal;

  private ShardStaging(Path target, Path folder, Configuration configuration) {
    this.target = target;
    this.folder = folder;
    this.marker = new Path(new Path(folder, RUNS), UUID.randomUUID().toString());
    this.configuration = configuration;
    this.renewal = new Thread(this::renewRegularly, "staging-lease");
    renewal.setDaemon(true);
  }

  /**
   * Opens the folder of a fingerprint, which an earlier run may have left.
   *
   * @param target folder of the data set
   * @param fingerprint hexadecimal name of what is made
   */
  public static ShardStaging open(Path target, String fingerprint, Configuration configuration)
      throws IOException {
    Objects.requireNonNull(fingerprint, "fingerprint");
    Path qualified = DataFiles.qualified(target, configuration);
    if (qualified.getParent() == null) {
      throw new IOException("it has no parent folder");
    }
    ShardStaging staging =
        new ShardStaging(qualified, folder(qualified, fingerprint), configuration);
    Path runs = staging.marker.getParent();
    if (!DataFiles.fileSystem(runs, configuration).mkdirs(runs)) {
      throw new IOException("its folder cannot be created");
    }
    staging.renew();
    staging.renewal.start();
    return staging;
  }

  /** Folder of the data set. */
  public Path target() {
    return target;
  }

  /** A place for shards that become a new data set, or that are encoded but not yet split. */
  public ShardPool pool(String name, SampleKind kind, ShardNaming naming) {
    return new ShardPool(folder.toString(), name, kind, naming, "");
  }

  /** A place for shards that are moved to the data set one by one. */
  public ShardPool addition(String name, SampleKind kind, ShardNaming naming) {
    return new ShardPool(folder.toString(), name, kind, naming, target.toString());
  }

  /** A file that nobody else writes. */
  Path temporary() {
    return new Path(folder, UUID.randomUUID() + ".json");
  }

  /**
   * Removes the folder and all that is in it, since it was published or nothing in it can be used.
   */
  public void discard() throws IOException {
    renewal.interrupt();
    // Tasks that do not know yet may be writing.
    for (int i = 0; i < DELETE_TRIES; i++) {
      DataFiles.delete(folder, configuration);
      if (!DataFiles.exists(folder, configuration)) {
        return;
      }
      pause(RETRY);
    }
    LOG.warn("Cannot remove {}: somebody keeps writing to it", folder);
  }

  /** Ends the run's hold on the folder; what was finished stays for the next run. */
  @Override
  public void close() {
    renewal.interrupt();
    try {
      DataFiles.delete(marker, configuration);
    } catch (IOException e) {
      LOG.warn("Cannot remove {}: {}", marker, e.getMessage());
    }
  }

  /** Removes the folder of a version that is published; nobody needs it any more. */
  static void remove(Path target, String fingerprint, Configuration configuration)
      throws IOException {
    if (!fingerprint.isEmpty()) {
      DataFiles.delete(
          folder(DataFiles.qualified(target, configuration), fingerprint), configuration);
    }
  }

  /**
   * Removes the folders of runs that are dead.
   *
   * @param target folder of the data set that they wanted to make
   */
  public static void removeStale(Path target, Configuration configuration) throws IOException {
    Path qualified = DataFiles.qualified(target, configuration);
    FileSystem fileSystem = DataFiles.fileSystem(qualified, configuration);
    for (FileStatus status : fileSystem.listStatus(qualified.getParent())) {
      Path path = status.getPath();
      if (status.isDirectory()
          && path.getName().startsWith(prefix(qualified))
          && !isAlive(path, configuration)) {
        LOG.info("Removing {}, which a run that is dead has left", path);
        fileSystem.delete(path, true);
      }
    }
  }

  /** Whether a run that makes something whose fingerprint starts like this is alive. */
  static boolean isAlive(Path target, String token, Configuration configuration)
      throws IOException {
    Path qualified = DataFiles.qualified(target, configuration);
    FileSystem fileSystem = DataFiles.fileSystem(qualified, configuration);
    for (FileStatus status : fileSystem.listStatus(qualified.getParent())) {
      Path path = status.getPath();
      if (status.isDirectory()
          && path.getName().startsWith(prefix(qualified) + token)
          && isAlive(path, configuration)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAlive(Path folder, Configuration configuration) throws IOException {
    FileSystem fileSystem = DataFiles.fileSystem(folder, configuration);
    long newest;
    try {
      newest = fileSystem.getFileStatus(folder).getModificationTime();
      for (FileStatus status : fileSystem.listStatus(new Path(folder, RUNS))) {
        newest = Math.max(newest, status.getModificationTime());
      }
    } catch (FileNotFoundException e) {
      // Gone, or made so recently that it has no markers yet.
      return DataFiles.exists(folder, configuration);
    }
    return now(folder.getParent(), configuration) - newest <= LEASE.toMillis();
  }

  /** The time as the file system sees it. */
  private static long now(Path folder, Configuration configuration) throws IOException {
    Path probe = new Path(folder, ".sparkmm-clock-" + UUID.randomUUID());
    FileSystem fileSystem = DataFiles.fileSystem(probe, configuration);
    try {
      fileSystem.create(probe, false).close();
      return fileSystem.getFileStatus(probe).getModificationTime();
    } finally {
      fileSystem.delete(probe, false);
    }
  }

  private void renew() throws IOException {
    try (FSDataOutputStream stream = DataFiles.createInFolder(marker, true, configuration)) {
      // A byte, since an empty file may keep its time.
      stream.write('.');
    }
  }

  private void renewRegularly() {
    while (pause(RENEWAL)) {
      try {
        renew();
      } catch (FileNotFoundException e) {
        LOG.info("{} is gone: another run has completed the same", folder);
        return;
      } catch (IOException e) {
        LOG.warn("Cannot renew {}: {}", marker, e.getMessage());
      }
    }
  }

  private static boolean pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static Path folder(Path target, String fingerprint) {
    return new Path(target.getParent(), prefix(target) + fingerprint.substring(0, NAME_LENGTH));
  }

  private static String prefix(Path target) {
    return "." + target.getName() + ".staging-";
  }
}
