package io.sparkmm.train.comm;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.testing.Ranks;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OrderCheckTest {
  @Test
  void letsEqualOperationsPass() {
    List<Integer> counts =
        Ranks.run(
            3,
            group -> {
              try (OrderCheck order = new OrderCheck(group)) {
                int passed = 0;
                for (long fingerprint : new long[] {0, -1, Long.MAX_VALUE, 7}) {
                  order.agree(fingerprint, () -> "unused");
                  passed++;
                }
                return passed;
              }
            });

    assertThat(counts).containsExactly(4, 4, 4);
  }

  @Test
  void differingOperationsFailOnEveryRankWithAllOfThem() {
    List<Ranks.Outcome<Void>> outcomes =
        Ranks.outcomes(
            3,
            Duration.ofSeconds(60),
            group -> {
              try (OrderCheck order = new OrderCheck(group)) {
                long fingerprint = group.rank() == 2 ? 5 : 4;
                order.agree(fingerprint, () -> "gather läyer " + fingerprint);
                return null;
              }
            });

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.thrown())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessage(
                        "Cannot go on: the ranks do different things; rank 0: gather läyer 4;"
                            + " rank 1: gather läyer 4; rank 2: gather läyer 5"));
  }

  @Test
  void lostPeerIsReportedWithTheOperation() {
    List<Ranks.Outcome<Void>> outcomes =
        Ranks.outcomes(
            2,
            Duration.ofSeconds(60),
            group -> {
              if (group.rank() == 0) {
                return null;
              }
              try (OrderCheck order = new OrderCheck(group)) {
                order.agree(1, () -> "gather layer 1");
              }
              return null;
            });

    assertThat(outcomes.get(1).thrown())
        .isInstanceOf(CollectiveException.class)
        .hasMessageEndingWith("this rank was about to do: gather layer 1");
  }
}
