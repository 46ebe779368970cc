package io.sparkmm.data.shard;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.SampleKind;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;

/**
 * Open shard files and the samples of the row groups that were decoded. Several threads can decode
 * groups of different files at the same time.
 */
final class ShardFiles implements AutoCloseable {
  private static final int MAX_OPEN_FILES = 64;

  private final Path folder;
  private final SampleKind kind;
  private final Configuration configuration;
  private final SampleCache cache;
  private final Map<String, OpenShard> open = new LinkedHashMap<>(16, 0.75f, true);

  /** Of each shard that was opened once: the first row of each row group, and its rows. */
  private final Map<String, long[]> firstRows = new HashMap<>();

  private boolean closed;

  /** A file that one thread reads at a time. */
  private static final class OpenShard {
    private final ParquetFileReader reader;
    private boolean closed;

    OpenShard(ParquetFileReader reader) {
      this.reader = reader;
    }

    synchronized void close() throws IOException {
      closed = true;
      reader.close();
    }
  }

  ShardFiles(Path folder, SampleKind kind, Configuration configuration, long cacheBytes) {
    this.folder = folder;
    this.kind = kind;
    this.configuration = configuration;
    this.cache = new SampleCache(cacheBytes);
  }

  EncodedSample read(ShardInfo shard, long row) {
    Path file = new Path(folder, shard.file());
    try {
      long[] starts = firstRows(shard, file);
      int group = 0;
      while (row >= starts[group + 1]) {
        group++;
      }
      SampleCache.Key key = new SampleCache.Key(shard.file(), group);
      int index = (int) (row - starts[group]);
      Optional<EncodedSample> known = cache.find(key, index);
      while (known.isEmpty()) {
        known = decode(open(shard, file), key, index);
      }
      return known.get();
    } catch (DataException | IllegalStateException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Parquet answers damaged bytes with exceptions of many kinds.
      throw damaged(file, e.getMessage(), e);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    IOException failure = null;
    for (OpenShard shard : open.values()) {
      try {
        shard.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    open.clear();
    try {
      cache.close();
    } catch (IOException e) {
      failure = e;
    }
    if (failure != null) {
      throw damaged(folder, failure.getMessage(), failure);
    }
  }

  static DataException damaged(Path file, String problem) {
    return new DataException(DataException.Kind.DATASET, message(file, problem));
  }

  static DataException damaged(Path file, String problem, Exception cause) {
    return new DataException(DataException.Kind.DATASET, message(file, problem), cause);
  }

  private static String message(Path file, String problem) {
    return "Cannot read shard " + file + ": " + problem;
  }

  private synchronized long[] firstRows(ShardInfo shard, Path file) throws IOException {
    checkOpen();
    if (!firstRows.containsKey(shard.file())) {
      open(shard, file);
    }
    return firstRows.get(shard.file());
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("Cannot read from " + folder + ": the reader is closed");
    }
  }

  private synchronized OpenShard open(ShardInfo shard, Path file) throws IOException {
    checkOpen();
    OpenShard known = open.get(shard.file());
    if (known != null) {
      return known;
    }
    FileStatus status = DataFiles.fileSystem(file, configuration).getFileStatus(file);
    if (status.getLen() != shard.bytes()) {
      throw damaged(
          file, "it has " + status.getLen() + " bytes, the manifest says " + shard.bytes());
    }
    ParquetFileReader reader =
        ParquetFileReader.open(
            HadoopInputFile.fromStatus(status, configuration),
            // Without it a changed byte in a page gives other token ids in silence.
            ParquetReadOptions.builder().usePageChecksumVerification().build());
    try {
      firstRows.put(shard.file(), firstRows(shard, file, reader));
      if (open.size() == MAX_OPEN_FILES) {
        String oldest = open.keySet().iterator().next();
        open.remove(oldest).close();
      }
      OpenShard opened = new OpenShard(reader);
      open.put(shard.file(), opened);
      return opened;
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  private long[] firstRows(ShardInfo shard, Path file, ParquetFileReader reader) {
    if (!reader.getFileMetaData().getSchema().equals(ShardSchema.of(kind))) {
      throw damaged(file, "it has other columns than a shard of " + kind.text() + " samples");
    }
    List<BlockMetaData> blocks = reader.getRowGroups();
    long[] starts = new long[blocks.size() + 1];
    for (int i = 0; i < blocks.size(); i++) {
      starts[i + 1] = starts[i] + blocks.get(i).getRowCount();
    }
    if (starts[blocks.size()] != shard.rows()) {
      throw damaged(
          file, "it has " + starts[blocks.size()] + " rows, the manifest says " + shard.rows());
    }
    return starts;
  }

  /** A sample of a row group; empty if the file was closed meanwhile. */
  private Optional<EncodedSample> decode(OpenShard shard, SampleCache.Key key, int index)
      throws IOException {
    synchronized (shard) {
      if (shard.closed) {
        return Optional.empty();
      }
      // Another thread may have decoded the group while this one waited.
      Optional<EncodedSample> known = cache.find(key, index);
      if (known.isPresent()) {
        return known;
      }
      SampleBlock block = decode(shard.reader, key.group());
      cache.put(key, block);
      return Optional.of(block.sample(index));
    }
  }

  private SampleBlock decode(ParquetFileReader reader, int number) throws IOException {
    MessageColumnIO columns = new ColumnIOFactory().getColumnIO(ShardSchema.of(kind));
    // Its buffers lie on the heap. It can be closed in newer releases of Parquet only.
    PageReadStore pages = reader.readRowGroup(number);
    RecordReader<EncodedSample> records =
        columns.getRecordReader(pages, new SampleMaterializer(kind));
    int rows = Math.toIntExact(pages.getRowCount());
    SampleBlock.Builder block = new SampleBlock.Builder(rows);
    for (int i = 0; i < rows; i++) {
      block.add(records.read());
    }
    return block.build();
  }
}
