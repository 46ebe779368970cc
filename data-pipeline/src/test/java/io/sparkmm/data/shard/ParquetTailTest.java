package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetTailTest {
  @TempDir private Path folder;

  private byte[] shard() throws IOException {
    TestShards.write(folder, List.of(List.of(TestShards.sample(0), TestShards.sample(1))));
    return Files.readAllBytes(folder.resolve("train/part-00000.parquet"));
  }

  private static FileMetaData footer(byte[] file) throws IOException {
    int length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - 8);
    return Util.readFileMetaData(new ByteArrayInputStream(file, file.length - 8 - length, length));
  }

  /** The file as another JVM might have written it. */
  private static byte[] withReversedEncodings(byte[] file) throws IOException {
    FileMetaData footer = footer(file);
    for (ColumnChunk column : footer.getRow_groups().get(0).getColumns()) {
      Collections.reverse(column.getMeta_data().getEncodings());
    }
    int length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - 8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(file, 0, file.length - 8 - length);
    int start = out.size();
    Util.writeFileMetaData(footer, out);
    int newLength = out.size() - start;
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(newLength).array());
    out.writeBytes("PAR1".getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  @Test
  void theOrderOfEncodingsDoesNotMatter() throws IOException {
    byte[] file = shard();
    byte[] other = withReversedEncodings(file);
    assertThat(other).isNotEqualTo(file).hasSameSizeAs(file);
    assertThat(ParquetTail.canonical(other)).isEqualTo(file);
  }

  @Test
  void writtenShardsHaveThatForm() throws IOException {
    byte[] file = shard();
    assertThat(ParquetTail.canonical(file)).isEqualTo(file);
    assertThat(footer(file).getRow_groups().get(0).getColumns())
        .anyMatch(column -> column.getMeta_data().getEncodings().size() > 1)
        .allSatisfy(column -> assertThat(column.getMeta_data().getEncodings()).isSorted());
  }

  @Test
  void aPartWithTheWholeFooterIsEnough() throws IOException {
    byte[] file = withReversedEncodings(shard());
    int from = file.length / 4;
    byte[] tail = java.util.Arrays.copyOfRange(file, from, file.length);
    byte[] whole = ParquetTail.canonical(file);
    assertThat(ParquetTail.canonical(tail))
        .isEqualTo(java.util.Arrays.copyOfRange(whole, from, whole.length));
  }

  @Test
  void refusesWhatIsNoEndOfAFile() {
    assertThatThrownBy(() -> ParquetTail.canonical(new byte[20]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not end as a Parquet file");
    byte[] cut = {9, 0, 0, 0, 'P', 'A', 'R', '1'};
    assertThatThrownBy(() -> ParquetTail.canonical(cut)).hasMessageContaining("has 9 bytes");
    assertThatThrownBy(() -> ParquetTail.canonical(new byte[3])).isInstanceOf(IOException.class);
  }
}
