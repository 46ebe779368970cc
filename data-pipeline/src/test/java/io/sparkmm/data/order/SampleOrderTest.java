package io.sparkmm.data.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SampleOrderTest {
  private static OrderSettings settings(int samples, int microBatch, int workers) {
    return new OrderSettings(samples, microBatch, workers, true, false);
  }

  private static List<OrderStep> walk(SampleOrder order, long consumed, int steps) {
    List<OrderStep> walked = new ArrayList<>();
    long position = consumed;
    for (int i = 0; i < steps; i++) {
      OrderStep step = order.at(position);
      walked.add(step);
      position = step.consumedAfter();
    }
    return walked;
  }

  /** All samples of the steps in the order P: worker by worker for each position. */
  private static List<Integer> dealt(List<OrderStep> steps) {
    List<Integer> samples = new ArrayList<>();
    for (OrderStep step : steps) {
      for (int i = 0; i < step.microBatch(0).length; i++) {
        for (int[] batch : step.microBatches()) {
          samples.add(batch[i]);
        }
      }
    }
    return samples;
  }

  @Test
  void baseRandomBatchEqualsTheWorkedExample() {
    SampleOrder order = new BaseRandomBatchOrder(settings(10, 2, 2));

    assertThat(order.stepsPerPass()).isEqualTo(2);
    assertThat(order.at(0).microBatch(0)).containsExactly(4, 7);
    assertThat(order.at(4).microBatch(0)).containsExactly(3, 0);
    assertThat(order.at(0).microBatch(1)).containsExactly(1, 5);
    assertThat(order.at(4).microBatch(1)).containsExactly(9, 8);
    assertThat(order.at(8).microBatch(0)).containsExactly(5, 1);
    assertThat(order.at(12).microBatch(0)).containsExactly(0, 9);
    assertThat(order.at(8).microBatch(1)).containsExactly(6, 2);
    assertThat(order.at(12).microBatch(1)).containsExactly(8, 3);
    assertThat(order.at(12).pass()).isEqualTo(1);
  }

  @Test
  void baseRandomBatchWithoutShuffleAscends() {
    SampleOrder order =
        SampleOrders.create(
            SampleOrders.BASE_RANDOM_BATCH, new OrderSettings(9, 2, 2, false, false), true);

    assertThat(order.at(0).microBatch(0)).containsExactly(0, 2);
    assertThat(order.at(0).microBatch(1)).containsExactly(1, 3);
    assertThat(order.at(4).microBatch(1)).containsExactly(5, 7);
    assertThat(order.at(8).microBatch(0)).containsExactly(0, 2);
  }

  @Test
  void dataShardingKeepsEachWorkerInItsPart() {
    SampleOrder order = new BaseRandomBatchOrder(new OrderSettings(11, 2, 2, true, true));

    int[] permutation = RandomPermutation.of(4, 0);
    assertThat(order.at(0).microBatch(0)).containsExactly(permutation[0], permutation[1]);
    assertThat(order.at(0).microBatch(1)).containsExactly(4 + permutation[0], 4 + permutation[1]);
    assertThat(order.at(4).microBatch(1)).containsExactly(4 + permutation[2], 4 + permutation[3]);
  }

  @Property(seed = "1", tries = 100)
  void globalBatchesDoNotDependOnTheNumberOfWorkers(
      @ForAll @IntRange(min = 8, max = 300) int samples,
      @ForAll @IntRange(min = 1, max = 3) int factor) {
    int microBatch = 2;
    int globalBatch = 4 * microBatch * factor;
    if (globalBatch > samples) {
      return;
    }
    List<List<Integer>> perWorkerCount = new ArrayList<>();
    for (int workers : new int[] {1, 2, 4}) {
      SampleOrder order =
          BaseRandomBatchOrder.withEpochUnit(settings(samples, microBatch, workers), globalBatch);
      int stepsPerGlobalBatch = globalBatch / order.settings().step();
      perWorkerCount.add(
          dealt(walk(order, 0, stepsPerGlobalBatch * (3 * (samples / globalBatch) + 1))));
    }
    assertThat(perWorkerCount.get(1)).isEqualTo(perWorkerCount.get(0));
    assertThat(perWorkerCount.get(2)).isEqualTo(perWorkerCount.get(0));
  }

  @Property(seed = "1", tries = 100)
  void anEpochHoldsNoSampleTwice(
      @ForAll @IntRange(min = 1, max = 200) int samples,
      @ForAll @IntRange(min = 1, max = 5) int microBatch,
      @ForAll @IntRange(min = 1, max = 4) int workers,
      @ForAll boolean dataSharding) {
    if (microBatch * workers > samples) {
      return;
    }
    SampleOrder order =
        new BaseRandomBatchOrder(
            new OrderSettings(samples, microBatch, workers, true, dataSharding));
    List<Integer> epoch = dealt(walk(order, 0, order.stepsPerPass()));
    assertThat(epoch).hasSize(samples - samples % (microBatch * workers));
    assertThat(new TreeSet<>(epoch)).hasSameSizeAs(epoch);
    assertThat(epoch).allMatch(index -> index >= 0 && index < samples);
  }

  @Property(seed = "1", tries = 100)
  void resumingAtAnyStepEqualsTheUndisturbedRun(
      @ForAll @IntRange(min = 12, max = 90) int samples,
      @ForAll @IntRange(min = 1, max = 4) int microBatch,
      @ForAll @IntRange(min = 1, max = 3) int workers,
      @ForAll boolean dropLast) {
    for (String name : List.of(SampleOrders.BASE_RANDOM_BATCH, SampleOrders.STATEFUL_DISTRIBUTED)) {
      boolean drops = dropLast || name.equals(SampleOrders.BASE_RANDOM_BATCH);
      OrderSettings settings = settings(samples, microBatch, workers);
      SampleOrder order = SampleOrders.create(name, settings, drops);
      List<OrderStep> undisturbed = walk(order, 0, 3 * order.stepsPerPass() + 1);
      for (int resumed = 1; resumed < undisturbed.size(); resumed++) {
        long consumed = undisturbed.get(resumed - 1).consumedAfter();
        OrderStep step = SampleOrders.create(name, settings, drops).at(consumed);
        assertThat(dealt(List.of(step))).isEqualTo(dealt(List.of(undisturbed.get(resumed))));
        assertThat(step.consumedAfter()).isEqualTo(undisturbed.get(resumed).consumedAfter());
      }
    }
  }

  @Test
  void aRestThatIsTooSmallForAStepGoesToTheNextEpoch() {
    SampleOrder order = new BaseRandomBatchOrder(settings(10, 2, 2));

    OrderStep step = order.at(6);

    assertThat(step.pass()).isEqualTo(1);
    assertThat(step.microBatch(0)).containsExactly(5, 1);
    assertThat(step.consumedAfter()).isEqualTo(12);
  }

  @Test
  void statefulDistributedPadsFromItsStartAndRepeatsItsOrder() {
    SampleOrder order =
        SampleOrders.create(SampleOrders.STATEFUL_DISTRIBUTED, settings(5, 1, 2), true);

    assertThat(order.stepsPerPass()).isEqualTo(3);
    assertThat(dealt(walk(order, 0, 3))).containsExactly(4, 0, 1, 3, 2, 4);
    assertThat(dealt(walk(order, 6, 3))).containsExactly(4, 0, 1, 3, 2, 4);
    assertThat(order.at(4).microBatch(1)).containsExactly(4);
  }

  @Test
  void statefulDistributedCanKeepAnIncompleteMicroBatch() {
    OrderSettings settings = settings(5, 2, 1);

    SampleOrder kept = new StatefulDistributedOrder(settings, false);
    SampleOrder dropped = new StatefulDistributedOrder(settings, true);

    assertThat(kept.at(4).microBatch(0)).containsExactly(2);
    assertThat(kept.at(4).consumedAfter()).isEqualTo(5);
    assertThat(dropped.at(4).microBatch(0)).containsExactly(4, 0);
    assertThat(dropped.at(3).microBatch(0)).containsExactly(4, 0);
  }

  @Test
  void returnedBatchesCanBeChangedWithoutEffect() {
    SampleOrder order = new BaseRandomBatchOrder(settings(10, 2, 2));
    OrderStep step = order.at(0);
    Arrays.fill(step.microBatch(0), -1);
    assertThat(step.microBatch(0)).containsExactly(4, 7);
  }

  @Test
  void refusesTooFewSamples() {
    assertThatThrownBy(() -> settings(7, 4, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("takes 8 samples, but the data set has 7");
    assertThatThrownBy(() -> settings(0, 1, 1)).hasMessageContaining("the data set has 0");
    assertThatThrownBy(() -> settings(1, 0, 1)).hasMessageContaining("micro batch size is 0");
    assertThatThrownBy(() -> settings(1, 1, 0)).hasMessageContaining("number of workers is 0");
  }

  @Test
  void refusesWhatAnOrderCannotDo() {
    OrderSettings settings = settings(10, 2, 2);
    assertThatThrownBy(() -> SampleOrders.create("BucketBatchSampler", settings, true))
        .hasMessageContaining("Cannot use sampler_type BucketBatchSampler: known are [BaseRandom");
    assertThatThrownBy(() -> SampleOrders.create(SampleOrders.BASE_RANDOM_BATCH, settings, false))
        .hasMessageContaining("drop_last false");
    assertThatThrownBy(() -> SampleOrders.create(SampleOrders.SEQUENTIAL, settings, false))
        .hasMessageContaining("drop_last false");
    assertThatThrownBy(
            () -> new StatefulDistributedOrder(new OrderSettings(10, 2, 2, true, true), true))
        .hasMessageContaining("Cannot use data_sharding");
    assertThatThrownBy(() -> BaseRandomBatchOrder.withEpochUnit(settings, 6))
        .hasMessageContaining("no multiple of micro batch x workers = 4");
    assertThatThrownBy(() -> BaseRandomBatchOrder.withEpochUnit(settings, 12))
        .hasMessageContaining("the data set has 10");
    assertThatThrownBy(() -> new BaseRandomBatchOrder(settings).at(-1))
        .hasMessageContaining("consumed count is -1");
  }

  @Test
  void sequentialIgnoresShuffle() {
    SampleOrder order = SampleOrders.create(SampleOrders.SEQUENTIAL, settings(6, 3, 1), true);
    assertThat(dealt(walk(order, 0, 2))).containsExactly(0, 1, 2, 3, 4, 5);
  }
}
