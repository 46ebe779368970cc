package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.SampleKind;
import java.io.IOException;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
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
  private final SampleKind kind;
  private final ChecksummedOutputFile output;
  private final ParquetWriter<EncodedSample> writer;
  private long rows;
  private long tokens;

  /** Creates a file for conversations to imitate. */
  public ShardWriter(Path folder, String file, Configuration configuration) throws IOException {
    this(folder, file, SampleKind.SFT, configuration);
  }

  /**
   * Creates a file.
   *
   * @param folder folder to create it in
   * @param file its path below the folder, which the shard's description will name
   * @param kind what its samples are
   * @throws IOException if it exists or cannot be created
   */
  public ShardWriter(Path folder, String file, SampleKind kind, Configuration configuration)
      throws IOException {
    this(
        DataFiles.fileSystem(folder, configuration).create(new Path(folder, file), false),
        file,
        kind,
        configuration);
  }

  /**
   * Writes to a file that was created.
   *
   * @param file the path that the shard's description will name
   * @param kind what the samples are
   */
  ShardWriter(FSDataOutputStream stream, String file, SampleKind kind, Configuration configuration)
      throws IOException {
    this.file = file;
    this.kind = Objects.requireNonNull(kind, "kind");
    this.output = new ChecksummedOutputFile(stream);
    this.writer =
        new Builder(output, kind)
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

  /**
   * Adds a sample.
   *
   * @throws IllegalArgumentException if it is of another kind
   */
  public void write(EncodedSample sample) throws IOException {
    if (!sample.is(kind)) {
      throw new IllegalArgumentException(
          "Cannot write sample " + sample.id() + " to " + file + ": it is no " + kind + " sample");
    }
    writer.write(sample);
    rows++;
    tokens += sample.tokenCount();
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
    private final SampleKind kind;

    Builder(OutputFile file, SampleKind kind) {
      super(file);
      this.kind = kind;
    }

    @Override
    protected Builder self() {
      return this;
    }

    // The replacement's parameter type does not exist in the Parquet of Spark 3.5.
    @SuppressWarnings("deprecation")
    @Override
    protected WriteSupport<EncodedSample> getWriteSupport(Configuration configuration) {
      return new SampleWriteSupport(kind);
    }
  }
}
