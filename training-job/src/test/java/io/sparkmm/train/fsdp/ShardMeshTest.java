package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.testing.Ranks;
import java.time.Duration;
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
              try (ShardMesh mesh = ShardMesh.of(group, sharing(2))) {
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
    assertThatThrownBy(() -> ShardMesh.of(new LocalCollectives(), sharing(2)))
        .isInstanceOf(FsdpException.class)
        .hasMessage(
            "Cannot shard over 2 of 1 ranks: sharding_size must divide the number of ranks"
                + " (remainder 1)");
    assertThatThrownBy(() -> ShardMesh.of(new LocalCollectives(), sharing(0)))
        .hasMessageContaining("Cannot shard over 0 of 1 ranks");
  }

  @Test
  void consecutiveRanksKeepACopyBetweenForwardAndBackward() {
    List<int[]> places =
        Ranks.run(
            4,
            group -> {
              FsdpSettings settings = FsdpSettings.DEFAULTS.withReshardSize(OptionalInt.of(2));
              try (ShardMesh mesh = ShardMesh.of(group, settings)) {
                Collectives between = mesh.between().orElseThrow();
                return new int[] {mesh.shards().size(), between.rank(), between.size()};
              }
            });

    assertThat(places.get(2)).containsExactly(4, 0, 2);
    assertThat(places.get(3)).containsExactly(4, 1, 2);
  }

  @ParameterizedTest
  @CsvSource({"1", "3", "4", "8"})
  void refusesToKeepWeightsOverRanksThatDoNotDivideTheShards(int few) {
    List<Ranks.Outcome<Void>> outcomes =
        Ranks.outcomes(
            4,
            Duration.ofSeconds(60),
            group -> {
              FsdpSettings settings = FsdpSettings.DEFAULTS.withReshardSize(OptionalInt.of(few));
              ShardMesh.of(group, settings).close();
              return null;
            });

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.thrown())
                    .isInstanceOf(FsdpException.class)
                    .hasMessage(
                        "Cannot keep weights over "
                            + few
                            + " of 4 ranks after forward: reshard_after_forward must divide the"
                            + " number of ranks that share a copy, and be neither 1 nor all of"
                            + " them"));
  }

  private static FsdpSettings sharing(int ranks) {
    return new FsdpSettings(MixedPrecisionPolicy.NONE, true, OptionalInt.of(ranks));
  }
}
