package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShardManifestTest {
  private static final ShardManifest.Origin ORIGIN =
      new ShardManifest.Origin("qwen2vl", "t", "p", 1, new TreeMap<>(Map.of("a", "b")));

  @Test
  void namesOfFilesFollowFromSplitAndNumber() {
    assertThat(Split.TRAIN.shardFile(7)).isEqualTo("train/part-00007.parquet");
    assertThat(Split.VAL.shardFile(123_456)).isEqualTo("val/part-123456.parquet");
    assertThat(Split.VAL.rejectsFile(0)).isEqualTo("rejects/val-00000.jsonl");
  }

  @Test
  void emptySplitsAreLeftOut() {
    ShardInfo shard = new ShardInfo("train/x", 1, 2, 3, 4);
    ShardManifest manifest =
        new ShardManifest(
            ORIGIN, Map.of(Split.TRAIN, List.of(shard), Split.VAL, List.of()), List.of());
    assertThat(manifest.shards()).containsOnlyKeys(Split.TRAIN);
    assertThat(manifest.shards(Split.VAL)).isEmpty();
  }

  @Test
  void cannotBeChangedAfterwards() {
    List<ShardInfo> shards = new ArrayList<>(List.of(new ShardInfo("train/x", 1, 2, 3, 4)));
    ShardManifest manifest = new ShardManifest(ORIGIN, Map.of(Split.TRAIN, shards), List.of());
    shards.clear();
    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(1);
    assertThatThrownBy(() -> manifest.shards().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> ORIGIN.configuration().put("c", "d"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void checksumsAreWrittenWithEightDigits() {
    assertThat(new ShardInfo("x", 0, 0, 0, 0x2a).crc32cHex()).isEqualTo("0000002a");
    assertThat(new ShardInfo("x", 0, 0, 0, 0xffffffffL).crc32cHex()).isEqualTo("ffffffff");
  }

  @Test
  void refusesImpossibleNumbers() {
    assertThatThrownBy(() -> new ShardInfo("x", -1, 0, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot describe shard x: rows -1, tokens 0, bytes 0, CRC-32C 0");
    assertThatThrownBy(() -> new ShardInfo("x", 0, 0, 0, 1L << 32))
        .hasMessageContaining("CRC-32C 4294967296");
  }
}
