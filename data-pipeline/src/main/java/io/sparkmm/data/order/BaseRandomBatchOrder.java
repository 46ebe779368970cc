package io.sparkmm.data.order;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The order of {@code BaseRandomBatchSampler}: a new permutation of the whole data set each epoch,
 * seeded with the epoch's number alone, dealt out to the workers one by one.
 *
 * <pre>
 * unit   = M*D                         samples of one step, or a multiple of it
 * active = N - N mod unit              samples of one epoch
 * epoch  = consumed div active, off = consumed mod active
 * without data sharding: P = permutation of (N div M)*M samples
 *                        micro-batch of rank r = P[off + r], P[off + r + D], ...
 * with data sharding:    b = (N div (M*D))*M samples per rank, P = permutation of b
 *                        micro-batch of rank r = r*b + P[off div D], r*b + P[off div D + 1], ...
 * </pre>
 *
 * <p>The samples of a step, taken over all workers, are {@code P[off .. off + M*D)}: they do not
 * depend on how many workers share them. A consumed count that leaves less than one step of the
 * epoch (after a change of batch size) goes on with the next epoch.
 *
 * <p>With the default unit the epoch's length depends on D where N is no multiple of M*D; {@link
 * #withEpochUnit} makes it depend on the global batch instead, which gives the same global batches
 * for any number of workers in all epochs.
 */
public final class BaseRandomBatchOrder implements SampleOrder {
  private final OrderSettings settings;
  private final int active;
  private volatile Permutation cached;

  private record Permutation(long epoch, int[] order) {}

  /** The order of the reference: an epoch is the largest multiple of {@code M*D} samples. */
  public BaseRandomBatchOrder(OrderSettings settings) {
    this(settings, settings.step());
  }

  private BaseRandomBatchOrder(OrderSettings settings, int unit) {
    this.settings = Objects.requireNonNull(settings, "settings");
    this.active = settings.samples() - settings.samples() % unit;
  }

  /**
   * An order whose epochs are the largest multiple of {@code unit} samples.
   *
   * @param unit samples of one optimizer step (global batch), a multiple of {@code M*D}
   * @throws IllegalArgumentException if it is no such multiple or exceeds the data set
   */
  public static BaseRandomBatchOrder withEpochUnit(OrderSettings settings, int unit) {
    if (unit < 1 || unit % settings.step() != 0) {
      throw new IllegalArgumentException(
          "Cannot use epochs in units of "
              + unit
              + " samples: no multiple of micro batch x workers = "
              + settings.step());
    }
    if (unit > settings.samples()) {
      throw new IllegalArgumentException(
          "Cannot use epochs in units of "
              + unit
              + " samples: the data set has "
              + settings.samples());
    }
    return new BaseRandomBatchOrder(settings, unit);
  }

  @Override
  public OrderSettings settings() {
    return settings;
  }

  @Override
  public int stepsPerPass() {
    return active / settings.step();
  }

  @Override
  public OrderStep at(long consumed) {
    if (consumed < 0) {
      throw new IllegalArgumentException(
          "Cannot order samples: the consumed count is " + consumed + ", it must be at least 0");
    }
    long epoch = consumed / active;
    int offset = (int) (consumed % active);
    if (offset + settings.step() > active) {
      epoch++;
      offset = 0;
    }
    int[] order = permutation(epoch);
    List<int[]> microBatches = new ArrayList<>(settings.workers());
    for (int rank = 0; rank < settings.workers(); rank++) {
      microBatches.add(microBatch(order, offset, rank));
    }
    return new OrderStep(epoch, epoch * active + offset + settings.step(), microBatches);
  }

  private int[] microBatch(int[] order, int offset, int rank) {
    int workers = settings.workers();
    int[] batch = new int[settings.microBatch()];
    for (int i = 0; i < batch.length; i++) {
      batch[i] =
          settings.dataSharding()
              ? rank * order.length + order[offset / workers + i]
              : order[offset + rank + i * workers];
    }
    return batch;
  }

  private int[] permutation(long epoch) {
    Permutation current = cached;
    if (current == null || current.epoch() != epoch) {
      current = new Permutation(epoch, draw(epoch));
      cached = current;
    }
    return current.order();
  }

  private int[] draw(long epoch) {
    int microBatch = settings.microBatch();
    int group = settings.dataSharding() ? settings.step() : microBatch;
    int length = settings.samples() / group * microBatch;
    return settings.shuffle()
        ? RandomPermutation.of(length, epoch)
        : RandomPermutation.identity(length);
  }
}
