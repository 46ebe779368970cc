package io.sparkmm.data.order;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The order of {@code stateful_distributed_sampler}: one permutation (seed 0) for all passes,
 * padded to equal parts per worker by repeating its start, dealt out one by one.
 *
 * <pre>
 * n     = ceil(N / D)                              samples per worker
 * P     = permutation of N, then P[0], P[1], ...   up to n*D entries
 * rank r: P[r], P[r + D], P[r + 2D], ...
 * start = (consumed div D) mod (samples of one pass and worker)
 * </pre>
 *
 * <p>One pass of a worker is n samples, or with {@code dropLast} the largest multiple of the
 * micro-batch in n: the samples that a pass leaves out do not count as consumed. So a resumed run
 * goes on exactly where the undisturbed one would.
 */
public final class StatefulDistributedOrder implements SampleOrder {
  private static final long SHUFFLE_SEED = 0;

  private final OrderSettings settings;
  private final boolean dropLast;
  private final int perWorker;
  private final int[] order;

  /**
   * @param dropLast true: an incomplete last micro-batch of a pass is left out; false: it is
   *     delivered with fewer samples
   * @throws IllegalArgumentException if the settings ask for data sharding, which this order does
   *     not know
   */
  public StatefulDistributedOrder(OrderSettings settings, boolean dropLast) {
    this.settings = Objects.requireNonNull(settings, "settings");
    this.dropLast = dropLast;
    if (settings.dataSharding()) {
      throw new IllegalArgumentException(
          "Cannot use data_sharding with sampler_type " + SampleOrders.STATEFUL_DISTRIBUTED);
    }
    int samples = settings.samples();
    int share = (samples + settings.workers() - 1) / settings.workers();
    this.perWorker = dropLast ? share - share % settings.microBatch() : share;
    int[] base =
        settings.shuffle()
            ? RandomPermutation.of(samples, SHUFFLE_SEED)
            : RandomPermutation.identity(samples);
    this.order = Arrays.copyOf(base, share * settings.workers());
    for (int i = samples; i < order.length; i++) {
      order[i] = base[i - samples];
    }
  }

  @Override
  public OrderSettings settings() {
    return settings;
  }

  @Override
  public int stepsPerPass() {
    return (perWorker + settings.microBatch() - 1) / settings.microBatch();
  }

  @Override
  public OrderStep at(long consumed) {
    if (consumed < 0) {
      throw new IllegalArgumentException(
          "Cannot order samples: the consumed count is " + consumed + ", it must be at least 0");
    }
    int workers = settings.workers();
    long perRank = consumed / workers;
    long pass = perRank / perWorker;
    int start = (int) (perRank % perWorker);
    if (dropLast && start + settings.microBatch() > perWorker) {
      pass++;
      start = 0;
    }
    int size = Math.min(settings.microBatch(), perWorker - start);
    List<int[]> microBatches = new ArrayList<>(workers);
    for (int rank = 0; rank < workers; rank++) {
      int[] batch = new int[size];
      for (int i = 0; i < size; i++) {
        batch[i] = order[(start + i) * workers + rank];
      }
      microBatches.add(batch);
    }
    return new OrderStep(pass, (pass * perWorker + start + size) * workers, microBatches);
  }
}
