package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.Split;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import org.junit.jupiter.api.Test;

class RandomSplitTest {
  private static int[] samples(List<RandomSplit.Part> parts, Split split) {
    return parts.stream()
        .filter(part -> part.key().split() == split)
        .flatMapToInt(part -> Arrays.stream(part.samples()))
        .toArray();
  }

  @Test
  void equalsTheSplitOfHuggingFaceDatasets() {
    // datasets.Dataset of 0..9: train_test_split(test_size=0.25, seed=1234)
    List<RandomSplit.Part> parts = new RandomSplit(0.25, 1234, 4).parts(10);
    assertThat(samples(parts, Split.VAL)).containsExactly(8, 9, 5);
    assertThat(samples(parts, Split.TRAIN)).containsExactly(0, 2, 6, 4, 7, 1, 3);
    assertThat(parts.stream().map(RandomSplit.Part::key))
        .containsExactly(
            new ShardKey(Split.VAL, 0), new ShardKey(Split.TRAIN, 0), new ShardKey(Split.TRAIN, 1));
  }

  @Property(tries = 100)
  void everySampleIsInOnePart(
      @ForAll @IntRange(min = 2, max = 500) int count,
      @ForAll @DoubleRange(min = 0.001, max = 0.5) @Scale(3) double rate,
      @ForAll @IntRange(min = 1, max = 50) int recordsPerShard) {
    List<RandomSplit.Part> parts = new RandomSplit(rate, 1, recordsPerShard).parts(count);
    int[] validation = samples(parts, Split.VAL);
    assertThat(validation).hasSize((int) Math.ceil(rate * count));
    int[] all =
        IntStream.concat(Arrays.stream(validation), Arrays.stream(samples(parts, Split.TRAIN)))
            .sorted()
            .toArray();
    assertThat(all).isEqualTo(IntStream.range(0, count).toArray());
    assertThat(parts).allMatch(part -> part.samples().length <= recordsPerShard);
  }

  @Test
  void leavesSomethingToTrainOn() {
    assertThatThrownBy(() -> new RandomSplit(0.95, 0, 10).parts(10))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot split 10 samples with val_rate = 0.95: nothing would be left to train on");
  }
}
