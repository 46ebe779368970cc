package io.sparkmm.convert.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.parallel.Rank;
import org.junit.jupiter.api.Test;

class RankGridTest {

  @Test
  void oneRankHasOnlyATensorParallelNumber() {
    assertThat(new RankGrid(1, 1, 1).folder(new Rank(0, 0, 0))).isEqualTo("mp_rank_00");
  }

  @Test
  void stagesAddANumber() {
    assertThat(new RankGrid(2, 4, 1).folder(new Rank(1, 3, 0))).isEqualTo("mp_rank_01_003");
  }

  @Test
  void expertRanksAddANumber() {
    assertThat(new RankGrid(2, 4, 2).folder(new Rank(1, 3, 1))).isEqualTo("mp_rank_01_003_001");
  }

  @Test
  void withoutStagesTheSecondNumberIsThatOfTheExperts() {
    assertThat(new RankGrid(1, 1, 2).folder(new Rank(0, 0, 1))).isEqualTo("mp_rank_00_001");
  }

  @Test
  void largeNumbersAreWrittenInFull() {
    assertThat(new RankGrid(128, 2000, 1).folder(new Rank(100, 1000, 0)))
        .isEqualTo("mp_rank_100_1000");
  }

  @Test
  void allRanksComeInOrder() {
    assertThat(new RankGrid(2, 1, 2).ranks())
        .containsExactly(
            new Rank(0, 0, 0), new Rank(0, 0, 1), new Rank(1, 0, 0), new Rank(1, 0, 1));
  }
}
