package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RendezvousTest {
  private static final List<Rendezvous.Facts> FACTS =
      List.of(
          facts("node-b", "10", 0),
          facts("node-a", "2", 1),
          facts("node-b", "9", 2),
          facts("node-a", "2", 3),
          facts("node-c", "0", 4));

  @Test
  void ranksFollowHostThenExecutorThenPartition() {
    assertThat(FACTS)
        .extracting(facts -> Rendezvous.place(FACTS, facts.partition(), "g").rank())
        .containsExactly(3, 0, 2, 1, 4);
  }

  @Test
  void placesDoNotDependOnTheOrderOfTheFacts() {
    List<Rendezvous.Facts> shuffled = new ArrayList<>(FACTS);
    Collections.shuffle(shuffled, new Random(1));

    for (int partition = 0; partition < FACTS.size(); partition++) {
      assertThat(Rendezvous.place(shuffled, partition, "g"))
          .isEqualTo(Rendezvous.place(FACTS, partition, "g"));
    }
  }

  @Test
  void theMasterIsRankZeroAndLocalRanksCountPerHost() {
    WorkerPlace place = Rendezvous.place(FACTS, 0, "g");

    assertThat(place.masterHost()).isEqualTo("node-a");
    assertThat(place.masterPort()).isEqualTo(1001);
    assertThat(place.worldSize()).isEqualTo(5);
    assertThat(place.localRank()).isEqualTo(1);
    assertThat(place.localWorldSize()).isEqualTo(2);
  }

  @Test
  void readsTheHostOfAnAddress() {
    assertThat(Rendezvous.hostOf("node-a:4040")).isEqualTo("node-a");
    assertThat(Rendezvous.hostOf("[fe80::1]:4040")).isEqualTo("fe80::1");
    assertThat(Rendezvous.hostOf("node-a")).isEqualTo("node-a");
  }

  private static Rendezvous.Facts facts(String host, String executor, int partition) {
    return new Rendezvous.Facts(host, executor, partition, 1000 + partition, 1, Npus.NONE);
  }
}
