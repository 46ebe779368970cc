package io.sparkmm.data.shard;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.SampleKind;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Reads the samples of a data set in any order, by their index over all shards of a split.
 *
 * <p>Samples are decoded in row groups, each once. What was decoded is kept in a compact form in
 * memory, up to a number of bytes, and beyond that in a file in the JVM's folder for temporary
 * files, which is gone when the reader is closed. Only row groups with embedded pictures are
 * decoded again when memory has no room for them. Safe for use by several threads.
 */
public final class ShardReader implements AutoCloseable {
  /** Bytes of samples that are kept in memory when nothing else is said. */
  public static final long DEFAULT_CACHE_BYTES = 256L << 20;

  private final Path folder;
  private final ShardManifest manifest;
  private final List<ShardInfo> shards;
  private final long[] firstRows;
  private final ShardFiles files;
  private final Configuration configuration;

  private ShardReader(
      Path folder, ShardManifest manifest, Split split, ShardFiles files, Configuration conf) {
    this.folder = folder;
    this.manifest = manifest;
    this.shards = manifest.shards(split);
    this.files = files;
    this.configuration = conf;
    this.firstRows = new long[shards.size() + 1];
    for (int i = 0; i < shards.size(); i++) {
      firstRows[i + 1] = firstRows[i] + shards.get(i).rows();
    }
  }

  /**
   * Opens a split of a data set.
   *
   * @param folder path or URI of the data set's folder
   * @param configuration how to reach its file system
   * @throws DataException of kind {@code DATASET} if there is no such folder, or it has no manifest
   */
  public static ShardReader open(String folder, Split split, Configuration configuration) {
    return open(folder, split, configuration, DEFAULT_CACHE_BYTES);
  }

  /**
   * Opens a split of a data set.
   *
   * @param cacheBytes most bytes of samples to keep in memory besides the row group in use; 0 keeps
   *     nothing at all
   */
  public static ShardReader open(
      String folder, Split split, Configuration configuration, long cacheBytes) {
    Path path = new Path(folder);
    return of(path, readManifest(path, configuration), split, configuration, cacheBytes);
  }

  /**
   * Opens a split of a certain version of a data set.
   *
   * @param version number of the version, from 1
   * @throws DataException of kind {@code DATASET} if there is no such version
   */
  public static ShardReader openVersion(
      String folder, Split split, int version, Configuration configuration) {
    Path path = new Path(folder);
    ShardManifest manifest = DataSetVersions.read(path, version, configuration);
    return of(path, manifest, split, configuration, DEFAULT_CACHE_BYTES);
  }

  /**
   * Opens shards whose manifest is known.
   *
   * @param folder folder of the data set
   * @param manifest what to read of it
   */
  public static ShardReader of(
      Path folder,
      ShardManifest manifest,
      Split split,
      Configuration configuration,
      long cacheBytes) {
    Objects.requireNonNull(split, "split");
    return new ShardReader(
        folder,
        manifest,
        split,
        new ShardFiles(folder, manifest.kind(), configuration, cacheBytes),
        configuration);
  }

  /**
   * Reads the manifest of a data set's newest version.
   *
   * @throws DataException of kind {@code DATASET} if there is none, or it is damaged
   */
  public static ShardManifest readManifest(Path folder, Configuration configuration) {
    return DataSetVersions.current(folder, configuration);
  }

  /**
   * Makes sure that the samples are of a kind that the caller can use.
   *
   * @return this reader
   * @throws DataException of kind {@code DATASET} that names the kind, if they are not
   */
  public ShardReader expect(Set<SampleKind> kinds) {
    manifest.expect(kinds, folder.toString());
    return this;
  }

  /** What the data set holds and was made of. */
  public ShardManifest manifest() {
    return manifest;
  }

  /** Samples of the split. */
  public long size() {
    return firstRows[shards.size()];
  }

  /**
   * Reads a sample.
   *
   * @param index position in the split, over all shards
   * @throws IndexOutOfBoundsException if there is no such sample
   * @throws DataException of kind {@code DATASET} if the shard is missing or damaged; the message
   *     names it
   */
  public EncodedSample read(long index) {
    Objects.checkIndex(index, size());
    int found = Arrays.binarySearch(firstRows, index);
    int shard = found >= 0 ? found : -found - 2;
    while (shards.get(shard).rows() == 0) {
      shard++;
    }
    return files.read(shards.get(shard), index - firstRows[shard]);
  }

  /**
   * Compares the length and checksum of each shard with the manifest.
   *
   * @throws DataException of kind {@code DATASET} that names the first shard that differs
   */
  public void verify() {
    for (ShardInfo shard : shards) {
      Path file = new Path(folder, shard.file());
      long length;
      long crc;
      try {
        length = DataFiles.fileSystem(file, configuration).getFileStatus(file).getLen();
        crc = DataFiles.crc32c(file, length, configuration);
      } catch (IOException e) {
        throw ShardFiles.damaged(file, e.getMessage(), e);
      }
      if (length != shard.bytes()) {
        throw ShardFiles.damaged(
            file, "it has " + length + " bytes, the manifest says " + shard.bytes());
      }
      if (crc != shard.crc32c()) {
        throw ShardFiles.damaged(
            file,
            String.format(
                java.util.Locale.ROOT,
                "its CRC-32C is %08x, the manifest says %s",
                crc,
                shard.crc32cHex()));
      }
    }
  }

  /** Closes all files. */
  @Override
  public void close() {
    files.close();
  }
}
