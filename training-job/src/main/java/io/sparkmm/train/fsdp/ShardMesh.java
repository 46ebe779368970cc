package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.Collectives.Pending;
import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.comm.OrderCheck;
import io.sparkmm.train.torch.FloatTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The data-parallel ranks as a table of replicas by shards: consecutive ranks share one copy of the
 * weights. Exchanges of weights and gradients have groups of their own, so that nothing else waits
 * behind those that are under way.
 *
 * @param shards ranks that hold one copy together, this one included
 * @param replicas ranks that hold the same shard as this one
 * @param between ranks that hold one copy together between forward and backward, this one included;
 *     empty where the shards do
 * @param all all ranks, in the order of the table's rows; the caller's
 * @param order order of the exchanges of all ranks
 * @param owned groups that were made for the mesh and end with it
 */
record ShardMesh(
    Collectives shards,
    Collectives replicas,
    Optional<Collectives> between,
    Collectives all,
    Lockstep order,
    List<Collectives> owned)
    implements AutoCloseable {

  /**
   * Arranges the ranks. Every rank of the group calls it.
   *
   * @param settings number of ranks that share a copy, and of those that do so between forward and
   *     backward
   * @throws FsdpException if the number of ranks is no multiple of the former, or that none of the
   *     latter
   */
  static ShardMesh of(Collectives group, FsdpSettings settings) {
    int ranks = group.size();
    int size = settings.shardingSize().orElse(ranks);
    if (size < 1 || ranks % size != 0) {
      throw new FsdpException(
          FsdpException.Kind.CONFIGURATION,
          String.format(
              "Cannot shard over %d of %d ranks: sharding_size must divide the number of ranks"
                  + " (remainder %d)",
              size, ranks, size < 1 ? ranks : ranks % size));
    }
    requireBetween(settings.reshardSize(), size);
    boolean flagsReachAllRanks = (size == ranks || size == 1) && settings.reshardSize().isEmpty();
    Lockstep order = new Lockstep(new OrderCheck(group), flagsReachAllRanks);
    List<int[]> columns = new ArrayList<>();
    for (int column = 0; column < size; column++) {
      int start = column;
      columns.add(IntStream.range(0, ranks / size).map(row -> start + row * size).toArray());
    }
    List<Collectives> owned = new ArrayList<>();
    owned.add(group.split(neighbours(ranks, size), "shards"));
    owned.add(group.split(columns, "replicas"));
    Optional<Collectives> between = Optional.empty();
    if (settings.reshardSize().isPresent()) {
      int few = settings.reshardSize().getAsInt();
      between = Optional.of(group.split(neighbours(ranks, few), "between"));
      owned.add(between.get());
    }
    return new ShardMesh(owned.get(0), owned.get(1), between, group, order, List.copyOf(owned));
  }

  private static void requireBetween(OptionalInt reshardSize, int shards) {
    int few = reshardSize.orElse(0);
    if (reshardSize.isPresent() && (few < 2 || few >= shards || shards % few != 0)) {
      throw new FsdpException(
          FsdpException.Kind.CONFIGURATION,
          String.format(
              "Cannot keep weights over %d of %d ranks after forward: reshard_after_forward must"
                  + " divide the number of ranks that share a copy, and be neither 1 nor all of"
                  + " them",
              few, shards));
    }
  }

  /** Groups of consecutive ranks. */
  private static List<int[]> neighbours(int ranks, int size) {
    List<int[]> groups = new ArrayList<>();
    for (int first = 0; first < ranks; first += size) {
      groups.add(IntStream.range(first, first + size).toArray());
    }
    return groups;
  }

  /** The same ranks for parameters of which every rank has a whole copy. Not to be closed. */
  ShardMesh whole() {
    Collectives everyone =
        replicas.size() == all.size() ? replicas : shards.size() == all.size() ? shards : all;
    return new ShardMesh(new LocalCollectives(), everyone, Optional.empty(), all, order, List.of());
  }

  /** Ranks over which gradients are averaged. */
  int ranks() {
    return shards.size() * replicas.size();
  }

  /**
   * Starts to average over all ranks and leave this rank's shard. fp16 is added up with a division
   * before and one after, so that sums stay in range.
   *
   * @param output receives the shard; may be {@code input} where there is one shard
   * @param input one row per shard; is overwritten
   */
  Pending average(Tensor output, Tensor input) {
    if (ranks() == 1) {
      return () -> {};
    }
    if (FloatTypes.of(input) != ScalarType.Half) {
      return reduce(output, input, Reduction.AVG);
    }
    int before = divisorBeforeSum(ranks());
    input.div_(new Scalar(before));
    Pending sum = reduce(output, input, Reduction.SUM);
    return () -> {
      sum.await();
      output.div_(new Scalar((double) ranks() / before));
    };
  }

  /** Smallest power of two that divides {@code ranks} and is not below its quotient. */
  static int divisorBeforeSum(int ranks) {
    int factor = 1;
    while (ranks % factor == 0 && (double) ranks / factor > factor) {
      factor *= 2;
    }
    return factor;
  }

  @Override
  public void close() {
    order.close();
    owned.forEach(Collectives::close);
  }

  private Pending reduce(Tensor output, Tensor input, Reduction reduction) {
    if (shards.size() == 1) {
      return replicas.allReduce(output, reduction);
    }
    Pending scatter = shards.reduceScatter(output, input, reduction);
    if (replicas.size() == 1) {
      return scatter;
    }
    // The second stage needs the results of the first. Ranks take results in the same order, so
    // they start it in the same order too.
    return () -> {
      scatter.await();
      replicas.allReduce(output, reduction).await();
    };
  }
}
