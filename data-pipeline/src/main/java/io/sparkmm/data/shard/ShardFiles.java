package io.sparkmm.data.shard;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.sample.TokenRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

/** Open shard files and the row groups that were decoded last. */
final class ShardFiles implements AutoCloseable {
  private static final int MAX_OPEN_FILES = 64;

  private final Path folder;
  private final SampleKind kind;
  private final Configuration configuration;
  private final long cacheBytes;
  private final Map<String, OpenShard> open = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<GroupKey, Group> groups = new LinkedHashMap<>(16, 0.75f, true);
  private long cachedBytes;
  private boolean closed;

  private record GroupKey(String file, int group) {}

  private record Group(List<EncodedSample> samples, long bytes) {}

  /** A file with the first row of each of its row groups. */
  private record OpenShard(ParquetFileReader reader, long[] firstRows) {}

  ShardFiles(Path folder, SampleKind kind, Configuration configuration, long cacheBytes) {
    this.folder = folder;
    this.kind = kind;
    this.configuration = configuration;
    this.cacheBytes = cacheBytes;
  }

  synchronized EncodedSample read(ShardInfo shard, long row) {
    if (closed) {
      throw new IllegalStateException("Cannot read from " + folder + ": the reader is closed");
    }
    Path file = new Path(folder, shard.file());
    try {
      OpenShard opened = open(shard, file);
      int group = 0;
      while (row >= opened.firstRows()[group + 1]) {
        group++;
      }
      return group(shard, opened, group).samples().get((int) (row - opened.firstRows()[group]));
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Parquet answers damaged bytes with exceptions of many kinds.
      throw damaged(file, e.getMessage(), e);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    groups.clear();
    IOException failure = null;
    for (OpenShard shard : open.values()) {
      try {
        shard.reader().close();
      } catch (IOException e) {
        failure = e;
      }
    }
    open.clear();
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

  private OpenShard open(ShardInfo shard, Path file) throws IOException {
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
      OpenShard opened = new OpenShard(reader, firstRows(shard, file, reader));
      if (open.size() == MAX_OPEN_FILES) {
        String oldest = open.keySet().iterator().next();
        open.remove(oldest).reader().close();
      }
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
    long[] firstRows = new long[blocks.size() + 1];
    for (int i = 0; i < blocks.size(); i++) {
      firstRows[i + 1] = firstRows[i] + blocks.get(i).getRowCount();
    }
    if (firstRows[blocks.size()] != shard.rows()) {
      throw damaged(
          file, "it has " + firstRows[blocks.size()] + " rows, the manifest says " + shard.rows());
    }
    return firstRows;
  }

  private Group group(ShardInfo shard, OpenShard opened, int number) throws IOException {
    GroupKey key = new GroupKey(shard.file(), number);
    Group known = groups.get(key);
    if (known != null) {
      return known;
    }
    Group decoded = decode(opened.reader(), number);
    while (!groups.isEmpty() && cachedBytes + decoded.bytes() > cacheBytes) {
      cachedBytes -= groups.remove(groups.keySet().iterator().next()).bytes();
    }
    if (decoded.bytes() <= cacheBytes) {
      groups.put(key, decoded);
      cachedBytes += decoded.bytes();
    }
    return decoded;
  }

  private Group decode(ParquetFileReader reader, int number) throws IOException {
    MessageColumnIO columns = new ColumnIOFactory().getColumnIO(ShardSchema.of(kind));
    // Its buffers lie on the heap. It can be closed in newer releases of Parquet only.
    PageReadStore pages = reader.readRowGroup(number);
    RecordReader<EncodedSample> records =
        columns.getRecordReader(pages, new SampleMaterializer(kind));
    int rows = Math.toIntExact(pages.getRowCount());
    List<EncodedSample> samples = new ArrayList<>(rows);
    long bytes = 0;
    for (int i = 0; i < rows; i++) {
      EncodedSample sample = records.read();
      samples.add(sample);
      bytes += bytes(sample);
    }
    return new Group(samples, bytes);
  }

  /** Rough size of a sample in memory. */
  private static long bytes(EncodedSample sample) {
    long bytes = 256 + bytes(sample.row()) + 96L * sample.segments().size();
    bytes += sample.rejected().map(ShardFiles::bytes).orElse(0L);
    for (EncodedImage image : sample.images()) {
      bytes += 160 + image.path().length() + image.bytes().map(data -> data.length).orElse(0);
    }
    return bytes;
  }

  private static long bytes(TokenRow row) {
    return 4L * row.length() + 32L * row.labelSpans().size();
  }
}
