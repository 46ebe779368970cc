package io.sparkmm.data.shard;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.SampleKind;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/**
 * Goes once through all samples of a split for their sizes. It holds one row group at a time and
 * does not read the pictures' bytes, so it needs little memory for a data set of any size.
 */
public final class ShardScan {
  private final Path folder;
  private final SampleKind kind;
  private final Configuration configuration;

  /**
   * A scan.
   *
   * @param folder folder of the data set
   * @param kind what its samples are
   * @param configuration how to reach its file system
   */
  public ShardScan(Path folder, SampleKind kind, Configuration configuration) {
    this.folder = Objects.requireNonNull(folder, "folder");
    this.kind = Objects.requireNonNull(kind, "kind");
    this.configuration = Objects.requireNonNull(configuration, "configuration");
  }

  /**
   * Visits the samples of some shards in their order.
   *
   * @throws DataException of kind {@code DATASET} if a shard is missing or damaged; the message
   *     names it
   */
  public void forEach(List<ShardInfo> shards, Consumer<SampleShape> visitor) {
    for (ShardInfo shard : shards) {
      Path file = new Path(folder, shard.file());
      try {
        visit(shard, file, visitor);
      } catch (DataException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        // Parquet answers damaged bytes with exceptions of many kinds.
        throw ShardFiles.damaged(file, e.getMessage(), e);
      }
    }
  }

  private void visit(ShardInfo shard, Path file, Consumer<SampleShape> visitor) throws IOException {
    FileStatus status = DataFiles.fileSystem(file, configuration).getFileStatus(file);
    if (status.getLen() != shard.bytes()) {
      throw ShardFiles.damaged(
          file, "it has " + status.getLen() + " bytes, the manifest says " + shard.bytes());
    }
    MessageType columns = ShardSchema.shapes(kind);
    long rows = 0;
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            HadoopInputFile.fromStatus(status, configuration),
            ParquetReadOptions.builder().usePageChecksumVerification().build())) {
      MessageType stored = reader.getFileMetaData().getSchema();
      if (!stored.equals(ShardSchema.of(kind))) {
        throw ShardFiles.damaged(
            file, "it has other columns than a shard of " + kind.text() + " samples");
      }
      reader.setRequestedSchema(columns);
      MessageColumnIO io = new ColumnIOFactory().getColumnIO(columns, stored);
      for (PageReadStore pages = reader.readNextRowGroup();
          pages != null;
          pages = reader.readNextRowGroup()) {
        RecordReader<SampleShape> records =
            io.getRecordReader(pages, new SampleShapeMaterializer(kind));
        for (long i = 0; i < pages.getRowCount(); i++) {
          visitor.accept(records.read());
        }
        rows += pages.getRowCount();
      }
    }
    if (rows != shard.rows()) {
      throw ShardFiles.damaged(file, "it has " + rows + " rows, the manifest says " + shard.rows());
    }
  }
}
