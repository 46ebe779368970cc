package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedSample;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;

/**
 * Writes one shard file: Parquet, zstd. Its bytes are a function of the samples alone.
 *
 * <p>Row groups are about 1 MiB, far smaller than usual, because a shuffled reader has to decode a
 * whole row group for a single sample.
 */
public final class ShardWriter implements AutoCloseable {
  private static final long ROW_GROUP_BYTES = 1L << 20;
  private static final int PAGE_BYTES = 1 << 18;

  /** Rows between two looks at the size of the row group; pictures inside rows can be large. */
  private static final int MIN_ROWS_PER_CHECK = 8;

  private final String file;
  private final ChecksummedOutputFile output;
  private final ParquetWriter<EncodedSample> writer;
  private long rows;
  private long tokens;

  /**
   * Creates a file.
   *
   * @param folder folder to create it in
   * @param file its path below the folder, which the shard's description will name
   * @throws IOException if it exists or cannot be created
   */
  public ShardWriter(Path folder, String file, Configuration configuration) throws IOException {
    this.file = file;
    Path path = new Path(folder, file);
    this.output =
        new ChecksummedOutputFile(DataFiles.fileSystem(path, configuration).create(path, false));
    this.writer =
        new Builder(output)
            .withConf(configuration)
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withRowGroupSize(ROW_GROUP_BYTES)
            .withPageSize(PAGE_BYTES)
            .withMinRowCountForPageSizeCheck(MIN_ROWS_PER_CHECK)
            .withDictionaryEncoding(ShardSchema.ID, false)
            .withDictionaryEncoding(column(ShardSchema.PATH), false)
            .withDictionaryEncoding(column(ShardSchema.BYTES), false)
            .withWriterVersion(ParquetProperties.WriterVersion.PARQUET_1_0)
            .build();
  }

  /** Adds a sample. */
  public void write(EncodedSample sample) throws IOException {
    writer.write(sample);
    rows++;
    tokens += sample.inputIds().length;
  }

  /**
   * Completes the file.
   *
   * @return its description
   */
  public ShardInfo finish() throws IOException {
    output.holdBack();
    writer.close();
    return new ShardInfo(file, rows, tokens, output.length(), output.crc32c());
  }

  /** Closes the file; without {@link #finish} before, it is to be thrown away. */
  @Override
  public void close() throws IOException {
    writer.close();
  }

  private static String column(String field) {
    return String.join(".", ShardSchema.IMAGES, ShardSchema.LIST, ShardSchema.ELEMENT, field);
  }

  private static final class Builder extends ParquetWriter.Builder<EncodedSample, Builder> {
    Builder(OutputFile file) {
      super(file);
    }

    @Override
    protected Builder self() {
      return this;
    }

    // The replacement's parameter type does not exist in the Parquet of Spark 3.5.
    @SuppressWarnings("deprecation")
    @Override
    protected WriteSupport<EncodedSample> getWriteSupport(Configuration configuration) {
      return new SampleWriteSupport();
    }
  }
}
