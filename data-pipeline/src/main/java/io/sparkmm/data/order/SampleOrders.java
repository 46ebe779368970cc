package io.sparkmm.data.order;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** The orders that a configuration can name as {@code sampler_type}. */
public final class SampleOrders {
  /** Global shuffle by epoch; micro-batches that do not fill are dropped. */
  public static final String BASE_RANDOM_BATCH = "BaseRandomBatchSampler";

  /** One and the same order in each pass, padded to equal parts. */
  public static final String STATEFUL_DISTRIBUTED = "stateful_distributed_sampler";

  /** Ascending order. */
  public static final String SEQUENTIAL = "SequentialSampler";

  private static final Map<String, BiFunction<OrderSettings, Boolean, SampleOrder>> FACTORIES =
      new TreeMap<>(
          Map.of(
              BASE_RANDOM_BATCH, SampleOrders::baseRandomBatch,
              STATEFUL_DISTRIBUTED, StatefulDistributedOrder::new,
              SEQUENTIAL, SampleOrders::sequential));

  private SampleOrders() {}

  /**
   * Makes the order with a configured name.
   *
   * @param name a {@code sampler_type}
   * @param settings sizes and switches
   * @param dropLast whether an incomplete last micro-batch of a pass is left out
   * @throws IllegalArgumentException if the name is unknown, or the order cannot keep an incomplete
   *     micro-batch
   */
  public static SampleOrder create(String name, OrderSettings settings, boolean dropLast) {
    BiFunction<OrderSettings, Boolean, SampleOrder> factory = FACTORIES.get(name);
    if (factory == null) {
      throw new IllegalArgumentException(
          "Cannot use sampler_type " + name + ": known are " + FACTORIES.keySet());
    }
    return factory.apply(settings, dropLast);
  }

  /**
   * Makes the order with a configured name, with passes that end after whole global batches: so the
   * global batches are the same for any number of workers.
   *
   * @param name {@link #BASE_RANDOM_BATCH} or {@link #SEQUENTIAL}
   * @param settings sizes and switches
   * @param globalBatch samples of one optimizer step over all workers
   * @throws IllegalArgumentException if the order has passes of its own, or the global batch is no
   *     multiple of what all workers take together
   */
  public static SampleOrder inGlobalBatches(String name, OrderSettings settings, int globalBatch) {
    if (name.equals(BASE_RANDOM_BATCH)) {
      return BaseRandomBatchOrder.withEpochUnit(settings, globalBatch);
    }
    if (name.equals(SEQUENTIAL)) {
      return BaseRandomBatchOrder.withEpochUnit(ascending(settings), globalBatch);
    }
    throw new IllegalArgumentException(
        "Cannot use sampler_type " + name + " with passes of whole global batches");
  }

  private static OrderSettings ascending(OrderSettings settings) {
    return new OrderSettings(
        settings.samples(), settings.microBatch(), settings.workers(), false, false);
  }

  private static SampleOrder baseRandomBatch(OrderSettings settings, boolean dropLast) {
    requireDropLast(BASE_RANDOM_BATCH, dropLast);
    return new BaseRandomBatchOrder(settings);
  }

  private static SampleOrder sequential(OrderSettings settings, boolean dropLast) {
    requireDropLast(SEQUENTIAL, dropLast);
    return new BaseRandomBatchOrder(ascending(settings));
  }

  private static void requireDropLast(String name, boolean dropLast) {
    if (!dropLast) {
      throw new IllegalArgumentException(
          "Cannot use sampler_type " + name + " with drop_last false: set drop_last to true");
    }
  }
}
