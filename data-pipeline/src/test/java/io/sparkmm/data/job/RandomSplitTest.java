package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.Split;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RandomSplitTest {
  /** The samples of a part in their order. */
  private static List<Integer> samples(RandomSplit split, Split part) {
    int[] positions = split.positions();
    return IntStream.range(0, positions.length)
        .boxed()
        .sorted(Comparator.comparing(sample -> positions[sample]))
        .filter(sample -> split.keys().get(split.shard(positions[sample])).split() == part)
        .toList();
  }

  private static RandomSplit split(int training, int validation, long seed, int recordsPerShard) {
    return new RandomSplit(
        training, validation, seed, recordsPerShard, new RandomSplit.First(0, 0));
  }

  @Test
  void equalsTheSplitOfHuggingFaceDatasets() {
    // datasets.Dataset of 0..9: train_test_split(test_size=0.25, seed=1234)
    assertThat(RandomSplit.validationSize(0.25, 10, 0, 0)).isEqualTo(3);
    RandomSplit split = split(7, 3, 1234, 4);
    assertThat(samples(split, Split.VAL)).containsExactly(8, 9, 5);
    assertThat(samples(split, Split.TRAIN)).containsExactly(0, 2, 6, 4, 7, 1, 3);
    assertThat(split.keys())
        .containsExactly(
            new ShardKey(Split.VAL, 0), new ShardKey(Split.TRAIN, 0), new ShardKey(Split.TRAIN, 1));
  }

  @Property(seed = "1", tries = 100)
  void everySampleIsInOneShard(
      @ForAll @IntRange(max = 300) int training,
      @ForAll @IntRange(max = 300) int validation,
      @ForAll @IntRange(min = 1, max = 50) int recordsPerShard) {
    RandomSplit split = split(training, validation, 1, recordsPerShard);
    List<ShardKey> keys = split.keys();
    Map<ShardKey, Integer> sizes = new HashMap<>();
    for (int position : split.positions()) {
      sizes.merge(keys.get(split.shard(position)), 1, Integer::sum);
    }
    assertThat(sizes.keySet()).isEqualTo(Set.copyOf(keys));
    assertThat(sizes.values()).allMatch(size -> size <= recordsPerShard);
    assertThat(keys.stream().filter(key -> key.split() == Split.VAL).mapToInt(sizes::get).sum())
        .isEqualTo(validation);
  }

  @Test
  void numbersContinueThoseOfEarlierVersions() {
    RandomSplit split = new RandomSplit(3, 1, 0, 2, new RandomSplit.First(5, 7));
    assertThat(split.keys())
        .containsExactly(
            new ShardKey(Split.VAL, 7), new ShardKey(Split.TRAIN, 5), new ShardKey(Split.TRAIN, 6));
  }

  @Property(seed = "1", tries = 100)
  void manySmallAdditionsKeepTheRateOfTheWhole(
      @ForAll @DoubleRange(min = 0.001, max = 0.5) @Scale(3) double rate,
      @ForAll @Size(min = 1, max = 20) List<@IntRange(max = 9) Integer> additions) {
    long samples = 100;
    long validation = RandomSplit.validationSize(rate, 100, 0, 0);
    for (int added : additions) {
      validation += RandomSplit.validationSize(rate, added, samples, validation);
      samples += added;
      assertThat(validation).isEqualTo((long) Math.ceil(rate * samples));
    }
  }

  @Test
  void leavesSomethingToTrainOn() {
    assertThatThrownBy(() -> RandomSplit.validationSize(0.95, 10, 0, 0))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot split 10 samples with val_rate = 0.95: nothing would be left to train on");
    assertThat(RandomSplit.validationSize(0.95, 10, 10, 9)).isEqualTo(10);
  }
}
