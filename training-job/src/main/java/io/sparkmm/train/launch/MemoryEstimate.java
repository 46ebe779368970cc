package io.sparkmm.train.launch;

import io.sparkmm.conf.DType;
import io.sparkmm.conf.OptimizerType;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Bytes that one worker of a run holds, apart from activations, logits and the Java heap: a lower
 * bound of what it needs.
 *
 * @param weights this worker's shards
 * @param gradients of the trained shards
 * @param optimizer state of the trained shards
 * @param gathered whole weights that are there at the same time, and what is kept of the others
 *     between forward and backward
 * @param wholeGradients gradients of whole weights before they are averaged
 * @param exchanges memory of the exchanges under way
 */
record MemoryEstimate(
    long weights,
    long gradients,
    long optimizer,
    long gathered,
    long wholeGradients,
    long exchanges) {
  private static final double GIB = 1 << 30;

  /**
   * What is stored of a parameter.
   *
   * @param weights type of weights, gradients and optimizer state
   * @param optimizer rule that decides how much state there is
   */
  record Storage(DType weights, OptimizerType optimizer) {}

  /** Elements of a group of weights that are gathered together. */
  private record Group(long all, long shard, long trained, long trainedShard) {}

  /**
   * Estimates a run.
   *
   * @param model declared or whole, frozen where it will be
   * @param workers number of workers
   */
  static MemoryEstimate of(
      TrainableModel model, ShardingPlan sharding, Storage storage, int workers) {
    int shards = sharding.shardingSize() == 0 ? workers : sharding.shardingSize();
    long stored = storage.weights().bytes();
    long computed =
        sharding.types().param().stream().mapToLong(DType::bytes).findFirst().orElse(stored);
    long reduced =
        sharding.types().reduce().stream().mapToLong(DType::bytes).findFirst().orElse(computed);
    Collection<Group> groups = groups(model, sharding.select(model).paths(), shards);
    boolean oneMemory = shards == 1 && stored == computed;
    int ahead =
        Math.max(
            1, Math.max(sharding.tuning().forwardPrefetch(), sharding.tuning().backwardPrefetch()));
    List<Long> whole = new ArrayList<>(groups.stream().map(Group::all).toList());
    whole.sort(Collections.reverseOrder());
    long atOnce = sharding.reshardAfterForward() ? 1 + ahead : whole.size();
    long kept =
        sharding.reshardSize() == 0
            ? 0
            : whole.stream().skip(atOnce).mapToLong(Long::longValue).sum() / sharding.reshardSize();
    long trainedShards = groups.stream().mapToLong(Group::trainedShard).sum();
    long largestTrained = groups.stream().mapToLong(Group::trained).max().orElse(0);
    long gather =
        shards == 1
            ? 0
            : groups.stream().mapToLong(Group::shard).max().orElse(0)
                * (shards + (stored == computed ? 0 : 1))
                * computed;
    long reduce =
        workers == 1
            ? 0
            : groups.stream().mapToLong(Group::trainedShard).max().orElse(0)
                * (shards == 1 ? 1 : shards + 1)
                * reduced;
    return new MemoryEstimate(
        groups.stream().mapToLong(Group::shard).sum() * stored,
        trainedShards * stored,
        trainedShards * stored * moments(storage.optimizer()),
        oneMemory
            ? 0
            : (whole.stream().limit(atOnce).mapToLong(Long::longValue).sum() + kept) * computed,
        oneMemory ? 0 : largestTrained * computed,
        (1L + ahead) * Math.max(gather, reduce));
  }

  /** Groups by module path: a parameter belongs to the nearest listed module above it. */
  private static Collection<Group> groups(TrainableModel model, List<String> paths, int shards) {
    Map<String, Group> groups = new HashMap<>();
    model
        .namedParameters()
        .forEach(
            (name, parameter) -> {
              String owner = "";
              for (String path : paths) {
                if (name.startsWith(path + ".") && path.length() > owner.length()) {
                  owner = path;
                }
              }
              groups.merge(owner, group(parameter, shards), MemoryEstimate::sum);
            });
    return groups.values();
  }

  private static Group group(Parameter parameter, int shards) {
    long rows = parameter.shape()[0];
    long shard = (rows + shards - 1) / shards * (parameter.elements() / rows);
    boolean trained = parameter.trainable();
    return new Group(
        parameter.elements(), shard, trained ? parameter.elements() : 0, trained ? shard : 0);
  }

  private static Group sum(Group one, Group other) {
    return new Group(
        one.all() + other.all(),
        one.shard() + other.shard(),
        one.trained() + other.trained(),
        one.trainedShard() + other.trainedShard());
  }

  private static int moments(OptimizerType type) {
    return switch (type) {
      case ADAM -> 2;
      case SGD, MUON -> 1;
    };
  }

  /** What this model needs together with one that is only asked, never at the same time. */
  MemoryEstimate with(MemoryEstimate reference) {
    return new MemoryEstimate(
        weights + reference.weights,
        gradients,
        optimizer,
        Math.max(gathered, reference.gathered),
        wholeGradients,
        exchanges + reference.exchanges);
  }

  /** All of it. */
  long total() {
    return weights + gradients + optimizer + gathered + wholeGradients + exchanges;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.2f GiB: weights %.2f, gradients %.2f, optimizer %.2f, gathered weights %.2f, their"
            + " gradients %.2f, exchanges %.2f",
        total() / GIB,
        weights / GIB,
        gradients / GIB,
        optimizer / GIB,
        gathered / GIB,
        wholeGradients / GIB,
        exchanges / GIB);
  }
}
