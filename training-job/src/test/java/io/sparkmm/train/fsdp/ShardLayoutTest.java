package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardLayoutTest {
  @ParameterizedTest
  @CsvSource({"10,4,'3,3,3,1'", "5,4,'2,2,1,0'", "3,4,'1,1,1,0'", "1,4,'1,0,0,0'", "7,3,'3,3,1'"})
  void fillsShardsInOrder(int rows, int shards, String expected) {
    ShardLayout layout = new ShardLayout(rows, shards);

    String counts =
        String.join(
            ",",
            IntStream.range(0, shards)
                .mapToObj(shard -> Long.toString(layout.rowCount(shard)))
                .toList());
    assertThat(counts).isEqualTo(expected);
  }

  @Property(seed = "1")
  void shardsCoverAllRowsOnce(
      @ForAll @IntRange(min = 1, max = 400) int rows,
      @ForAll @IntRange(min = 1, max = 40) int shards) {
    ShardLayout layout = new ShardLayout(rows, shards);

    long next = 0;
    long full = 0;
    for (int shard = 0; shard < shards; shard++) {
      assertThat(layout.firstRow(shard)).isEqualTo(next);
      assertThat(layout.rowCount(shard)).isBetween(0L, layout.capacity());
      full += layout.rowCount(shard) == layout.capacity() ? 1 : 0;
      next += layout.rowCount(shard);
    }
    assertThat(next).isEqualTo(rows);
    assertThat(layout.fullShards()).isEqualTo(full);
  }
}
