package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.testing.Ranks;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardMeshTest {
  @ParameterizedTest
  @CsvSource({"1,1", "2,2", "4,2", "6,4", "8,4", "16,4", "32,8", "64,8"})
  void halfPrecisionSumsAreDividedBeforehandByAPowerOfTwo(int ranks, int divisor) {
    assertThat(ShardMesh.divisorBeforeSum(ranks)).isEqualTo(divisor);
  }

  @Test
  void consecutiveRanksShareACopy() {
    List<int[]> places =
        Ranks.run(
            4,
            group -> {
              try (ShardMesh mesh = ShardMesh.of(group, OptionalInt.of(2))) {
                return new int[] {
                  mesh.shards().rank(), mesh.shards().size(),
                  mesh.replicas().rank(), mesh.replicas().size()
                };
              }
            });

    assertThat(places.get(0)).containsExactly(0, 2, 0, 2);
    assertThat(places.get(1)).containsExactly(1, 2, 0, 2);
    assertThat(places.get(2)).containsExactly(0, 2, 1, 2);
    assertThat(places.get(3)).containsExactly(1, 2, 1, 2);
  }

  @Test
  void refusesASizeThatDoesNotDivideTheRanks() {
    assertThatThrownBy(() -> ShardMesh.of(new LocalCollectives(), OptionalInt.of(2)))
        .isInstanceOf(FsdpException.class)
        .hasMessage(
            "Cannot shard over 2 of 1 ranks: sharding_size must divide the number of ranks"
                + " (remainder 1)");
    assertThatThrownBy(() -> ShardMesh.of(new LocalCollectives(), OptionalInt.of(0)))
        .hasMessageContaining("Cannot shard over 0 of 1 ranks");
  }
}
