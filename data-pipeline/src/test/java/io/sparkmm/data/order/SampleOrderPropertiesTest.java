package io.sparkmm.data.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the orders, which compute each step, with workers who are dealt cards one by one. */
class SampleOrderPropertiesTest {
  private static OrderSettings settings(
      int samples, int microBatch, int workers, boolean shuffle, boolean sharding) {
    Assume.that(microBatch * workers <= samples);
    return new OrderSettings(samples, microBatch, workers, shuffle, sharding);
  }

  /** The first steps of a run from its beginning. */
  private static List<OrderStep> run(SampleOrder order, int steps) {
    List<OrderStep> run = new ArrayList<>();
    long consumed = 0;
    for (int i = 0; i < steps; i++) {
      run.add(order.at(consumed));
      consumed = run.get(i).consumedAfter();
    }
    return run;
  }

  private static Set<Integer> samples(OrderStep step) {
    Set<Integer> samples = new TreeSet<>();
    step.microBatches().forEach(batch -> IntStream.of(batch).forEach(samples::add));
    return samples;
  }

  private static String text(OrderStep step) {
    return step.pass()
        + " "
        + step.consumedAfter()
        + " "
        + step.microBatches().stream().map(Arrays::toString).toList();
  }

  private static Deque<Integer> deck(int length, long epoch, boolean shuffle, int first) {
    int[] order =
        shuffle ? RandomPermutation.of(length, epoch) : IntStream.range(0, length).toArray();
    Deque<Integer> deck = new ArrayDeque<>();
    for (int sample : order) {
      deck.add(first + sample);
    }
    return deck;
  }

  /** One epoch of micro-batches by step and rank: cards go round until nobody gets a full hand. */
  private static List<List<List<Integer>>> dealt(OrderSettings settings, long epoch) {
    int workers = settings.workers();
    int microBatch = settings.microBatch();
    List<Deque<Integer>> decks = new ArrayList<>();
    if (settings.dataSharding()) {
      int share = settings.samples() / (microBatch * workers) * microBatch;
      for (int rank = 0; rank < workers; rank++) {
        decks.add(deck(share, epoch, settings.shuffle(), rank * share));
      }
    } else {
      int whole = settings.samples() - settings.samples() % microBatch;
      Deque<Integer> common = deck(whole, epoch, settings.shuffle(), 0);
      for (int rank = 0; rank < workers; rank++) {
        decks.add(common);
      }
    }
    List<List<List<Integer>>> steps = new ArrayList<>();
    int left = settings.samples();
    while (left >= microBatch * workers) {
      List<List<Integer>> hands = new ArrayList<>();
      for (int rank = 0; rank < workers; rank++) {
        hands.add(new ArrayList<>());
      }
      for (int round = 0; round < microBatch; round++) {
        for (int rank = 0; rank < workers; rank++) {
          hands.get(rank).add(decks.get(rank).remove());
        }
      }
      steps.add(hands);
      left -= microBatch * workers;
    }
    return steps;
  }

  @Property(seed = "1", tries = 200)
  void equalsWorkersWhoAreDealtCardsOneByOne(
      @ForAll @IntRange(min = 1, max = 120) int samples,
      @ForAll @IntRange(min = 1, max = 5) int microBatch,
      @ForAll @IntRange(min = 1, max = 4) int workers,
      @ForAll boolean shuffle,
      @ForAll boolean sharding) {
    OrderSettings settings = settings(samples, microBatch, workers, shuffle, sharding);
    SampleOrder order = new BaseRandomBatchOrder(settings);
    long consumed = 0;
    for (long epoch = 0; epoch < 3; epoch++) {
      List<List<List<Integer>>> expected = dealt(settings, epoch);
      assertThat(order.stepsPerPass()).isEqualTo(expected.size());
      for (List<List<Integer>> hands : expected) {
        OrderStep step = order.at(consumed);
        assertThat(step.pass()).isEqualTo(epoch);
        for (int rank = 0; rank < workers; rank++) {
          assertThat(step.microBatch(rank))
              .containsExactly(hands.get(rank).toArray(Integer[]::new));
        }
        consumed = step.consumedAfter();
      }
    }
    assertThat(consumed).isEqualTo(3L * order.stepsPerPass() * settings.step());
  }

  @Property(seed = "1", tries = 100)
  void workersNeverShareASample(
      @ForAll @IntRange(min = 4, max = 200) int samples,
      @ForAll @IntRange(min = 1, max = 4) int microBatch,
      @ForAll @IntRange(min = 2, max = 4) int workers,
      @ForAll boolean sharding,
      @ForAll @LongRange(max = 1_000_000) long consumed) {
    OrderSettings settings = settings(samples, microBatch, workers, true, sharding);
    OrderStep step = new BaseRandomBatchOrder(settings).at(consumed);
    assertThat(samples(step)).hasSize(settings.step()).allMatch(i -> i >= 0 && i < samples);
    assertThat(step.microBatches()).hasSize(workers);
  }

  @Property(seed = "1", tries = 100)
  void withShardingEveryWorkerReturnsToTheSamePart(
      @ForAll @IntRange(min = 8, max = 150) int samples,
      @ForAll @IntRange(min = 1, max = 4) int microBatch,
      @ForAll @IntRange(min = 2, max = 4) int workers) {
    OrderSettings settings = settings(samples, microBatch, workers, true, true);
    SampleOrder order = new BaseRandomBatchOrder(settings);
    int share = samples / settings.step() * microBatch;
    for (OrderStep step : run(order, 2 * order.stepsPerPass())) {
      for (int rank = 0; rank < workers; rank++) {
        int first = rank * share;
        assertThat(IntStream.of(step.microBatch(rank)))
            .allMatch(i -> i >= first && i < first + share);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {24, 25, 47, 48, 100})
  void oneToFourWorkersTakeTheSameGlobalBatches(int samples) {
    int globalBatch = 24;
    List<Set<Integer>> expected = List.of();
    for (int workers = 1; workers <= 4; workers++) {
      SampleOrder order =
          BaseRandomBatchOrder.withEpochUnit(
              new OrderSettings(samples, 2, workers, true, false), globalBatch);
      int perBatch = globalBatch / order.settings().step();
      List<OrderStep> steps = run(order, perBatch * 9);
      List<Set<Integer>> batches = new ArrayList<>();
      for (int batch = 0; batch < 9; batch++) {
        Set<Integer> union = new TreeSet<>();
        for (OrderStep step : steps.subList(batch * perBatch, (batch + 1) * perBatch)) {
          union.addAll(samples(step));
        }
        assertThat(union).hasSize(globalBatch);
        batches.add(union);
      }
      if (workers == 1) {
        expected = batches;
      }
      assertThat(batches).as("%s workers", workers).isEqualTo(expected);
    }
  }

  @Property(seed = "1", tries = 100)
  void aRunThatGoesOnWithOtherWorkersTakesTheBatchesOfTheOldOne(
      @ForAll @IntRange(min = 24, max = 200) int samples,
      @ForAll @IntRange(min = 1, max = 4) int before,
      @ForAll @IntRange(min = 1, max = 4) int after,
      @ForAll @IntRange(max = 20) int batches) {
    int globalBatch = 24;
    SampleOrder old =
        BaseRandomBatchOrder.withEpochUnit(
            new OrderSettings(samples, 2, before, true, false), globalBatch);
    SampleOrder resumed =
        BaseRandomBatchOrder.withEpochUnit(
            new OrderSettings(samples, 2, after, true, false), globalBatch);
    long consumed = (long) batches * globalBatch;
    assertThat(globalBatch(resumed, consumed, globalBatch))
        .isEqualTo(globalBatch(old, consumed, globalBatch));
  }

  private static Set<Integer> globalBatch(SampleOrder order, long consumed, int size) {
    Set<Integer> union = new TreeSet<>();
    long position = consumed;
    for (int i = 0; i < size / order.settings().step(); i++) {
      OrderStep step = order.at(position);
      union.addAll(samples(step));
      position = step.consumedAfter();
    }
    assertThat(position).isEqualTo(consumed + size);
    return union;
  }

  @Property(seed = "1", tries = 200)
  void anyConsumedCountLeadsToAWholeStepOfTheRun(
      @ForAll @IntRange(min = 1, max = 80) int samples,
      @ForAll @IntRange(min = 1, max = 4) int microBatch,
      @ForAll @IntRange(min = 1, max = 4) int workers,
      @ForAll @LongRange(max = 100_000) long consumed) {
    OrderSettings settings = settings(samples, microBatch, workers, true, false);
    SampleOrder order = new BaseRandomBatchOrder(settings);
    OrderStep step = order.at(consumed);
    long start = step.consumedAfter() - settings.step();
    assertThat(start).isBetween(consumed, consumed + settings.step() - 1);
    int active = samples - samples % settings.step();
    assertThat(start % active + settings.step()).isLessThanOrEqualTo(active);
    assertThat(step.pass()).isEqualTo(start / active);
    assertThat(text(order.at(start))).isEqualTo(text(step));
  }

  @Test
  void epochsAreShuffledAnew() {
    SampleOrder order = new BaseRandomBatchOrder(new OrderSettings(64, 64, 1, true, false));
    Set<String> epochs = new TreeSet<>();
    for (OrderStep step : run(order, 10)) {
      assertThat(samples(step)).hasSize(64);
      epochs.add(Arrays.toString(step.microBatch(0)));
    }
    assertThat(epochs).hasSize(10);
  }

  @Property(seed = "1", tries = 50)
  void sequentialOrdersIgnoreShufflingAndSharding(
      @ForAll @IntRange(min = 4, max = 60) int samples,
      @ForAll @IntRange(min = 1, max = 4) int workers,
      @ForAll boolean shuffle,
      @ForAll boolean sharding) {
    SampleOrder order =
        SampleOrders.create(
            SampleOrders.SEQUENTIAL, settings(samples, 1, workers, shuffle, sharding), true);
    int expected = 0;
    for (OrderStep step : run(order, order.stepsPerPass())) {
      for (int rank = 0; rank < workers; rank++) {
        assertThat(step.microBatch(rank)).containsExactly(expected++);
      }
    }
    assertThat(expected).isEqualTo(samples - samples % workers);
    assertThat(order.at(expected).microBatch(0)).containsExactly(0);
  }

  @Property(seed = "1", tries = 150)
  void aDistributedPassShowsEverySampleAndFewTwice(
      @ForAll @IntRange(min = 1, max = 90) int samples,
      @ForAll @IntRange(min = 1, max = 5) int microBatch,
      @ForAll @IntRange(min = 1, max = 4) int workers,
      @ForAll boolean shuffle) {
    OrderSettings settings = settings(samples, microBatch, workers, shuffle, false);
    SampleOrder order = new StatefulDistributedOrder(settings, false);
    int[] seen = new int[samples];
    for (OrderStep step : run(order, order.stepsPerPass())) {
      assertThat(step.pass()).isZero();
      step.microBatches().forEach(batch -> IntStream.of(batch).forEach(i -> seen[i]++));
      assertThat(step.microBatches())
          .allSatisfy(batch -> assertThat(batch).hasSameSizeAs(step.microBatch(0)));
    }
    assertThat(IntStream.of(seen)).allMatch(count -> count == 1 || count == 2);
    int padding = (workers - samples % workers) % workers;
    assertThat(IntStream.of(seen).filter(count -> count == 2).count()).isEqualTo(padding);
  }

  @Property(seed = "1", tries = 100)
  void distributedPassesRepeatTheFirstOne(
      @ForAll @IntRange(min = 1, max = 60) int samples,
      @ForAll @IntRange(min = 1, max = 5) int microBatch,
      @ForAll @IntRange(min = 1, max = 3) int workers,
      @ForAll boolean dropLast) {
    OrderSettings settings = settings(samples, microBatch, workers, true, false);
    SampleOrder order = new StatefulDistributedOrder(settings, dropLast);
    int steps = order.stepsPerPass();
    List<OrderStep> run = run(order, 2 * steps);
    for (int i = 0; i < steps; i++) {
      assertThat(run.get(steps + i).pass()).isEqualTo(1);
      for (int rank = 0; rank < workers; rank++) {
        assertThat(run.get(steps + i).microBatch(rank)).isEqualTo(run.get(i).microBatch(rank));
      }
      assertThat(run.get(i).microBatch(0).length == microBatch || !dropLast).isTrue();
    }
    assertThat(run.get(2 * steps - 1).consumedAfter())
        .isEqualTo(2 * run.get(steps - 1).consumedAfter());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7|2|4|one step of 4 workers with micro batches of 2 takes 8 samples, but the data set has 7",
        "1|2|1|one step of 1 workers with micro batches of 2 takes 2 samples, but the data set has 1",
        "-3|1|1|the data set has -3",
        "9|-1|1|the micro batch size is -1, it must be at least 1",
        "9|1|-2|the number of workers is -2, it must be at least 1",
      })
  void saysWhySizesDoNotGoTogether(int samples, int microBatch, int workers, String message) {
    assertThatThrownBy(() -> new OrderSettings(samples, microBatch, workers, true, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot order samples: " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|no multiple of micro batch x workers = 4",
        "-4|no multiple of micro batch x workers = 4",
        "10|no multiple of micro batch x workers = 4",
        "24|the data set has 20",
      })
  void saysWhyAnEpochUnitDoesNotFit(int unit, String message) {
    OrderSettings settings = new OrderSettings(20, 2, 2, true, false);
    assertThatThrownBy(() -> BaseRandomBatchOrder.withEpochUnit(settings, unit))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot use epochs in units of " + unit + " samples: " + message);
  }

  @ParameterizedTest
  @CsvSource({"4, 5", "8, 4", "12, 3", "16, 4", "20, 5"})
  void theEpochUnitDecidesAboutTheLengthOfAPass(int unit, int steps) {
    SampleOrder order =
        BaseRandomBatchOrder.withEpochUnit(new OrderSettings(23, 2, 2, true, false), unit);
    assertThat(order.stepsPerPass()).isEqualTo(steps);
    assertThat(order.at(4L * steps - 1).pass()).isEqualTo(1);
    assertThat(order.at(4L * steps).pass()).isEqualTo(1);
    assertThat(order.at(4L * (steps - 1)).pass()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"BaseRandomBatchSampler", "stateful_distributed_sampler"})
  void refusesNegativeCounts(String name) {
    SampleOrder order = SampleOrders.create(name, new OrderSettings(9, 1, 2, true, false), true);
    assertThatThrownBy(() -> order.at(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot order samples: the consumed count is -1, it must be at least 0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"BaseRandomBatchSampler", "stateful_distributed_sampler", "SequentialSampler"})
  void threadsInDifferentEpochsDoNotDisturbEachOther(String name) throws Exception {
    OrderSettings settings = new OrderSettings(50, 2, 3, true, false);
    SampleOrder shared = SampleOrders.create(name, settings, true);
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<String>> futures = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        long consumed = i * 37L % 600;
        futures.add(pool.submit(() -> text(shared.at(consumed))));
      }
      for (int i = 0; i < 400; i++) {
        OrderStep alone = SampleOrders.create(name, settings, true).at(i * 37L % 600);
        assertThat(futures.get(i).get()).isEqualTo(text(alone));
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
