package io.sparkmm.train.comm.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.Collectives.Pending;
import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.RankProcess;
import io.sparkmm.train.testing.Ranks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random operations give the same bits over shared memory, with rings as they are and with tiny
 * ones, as over sockets; whatever the order in which those under way are awaited.
 */
@Tag("slow")
class SharedMemoryEquivalenceTest {
  private static final int ROUNDS = 60;
  private static final int UNDER_WAY = 4;
  private static final List<ScalarType> FLOATS =
      List.of(ScalarType.Float, ScalarType.Double, ScalarType.BFloat16, ScalarType.Half);
  private static final List<ScalarType> OTHERS =
      List.of(ScalarType.Byte, ScalarType.Bool, ScalarType.Int, ScalarType.Long);
  private static final double[] SPECIAL = {
    0.0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e-40, 65504, 3e38
  };

  private enum Kind {
    GATHER,
    SCATTER,
    REDUCE,
    BROADCAST
  }

  /** An operation that all ranks know; values differ from rank to rank. */
  private record Step(
      Kind kind, ScalarType type, int elements, Reduction reduction, int root, long seed) {

    static Step draw(Random random, int ranks) {
      Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
      boolean adds = kind == Kind.SCATTER || kind == Kind.REDUCE;
      boolean whole = random.nextInt(4) == 0;
      List<ScalarType> types = whole ? OTHERS.subList(adds ? 2 : 0, OTHERS.size()) : FLOATS;
      Reduction reduction = Reduction.values()[random.nextInt(Reduction.values().length)];
      return new Step(
          kind,
          types.get(random.nextInt(types.size())),
          size(random),
          whole && reduction == Reduction.AVG ? Reduction.SUM : reduction,
          random.nextInt(ranks),
          random.nextLong());
    }

    private static int size(Random random) {
      return switch (random.nextInt(6)) {
        case 0 -> random.nextInt(3);
        case 1 -> random.nextInt(200);
        case 2 -> 1024 * (1 + random.nextInt(4));
        case 3 -> 65536 + random.nextInt(3) - 1;
        case 4 -> 131072 + 1;
        default -> random.nextInt(300_000);
      };
    }
  }

  /** An operation under way, and what to look at when it is over. */
  private record Started(Pending pending, Tensor result) {}

  static Stream<Integer> sizes() {
    return RankProcess.current().isEmpty() ? Stream.of(2, 3) : Stream.of(2, 3, 4);
  }

  @Test
  void bytesTravelAsTheEnvironmentAsks() {
    boolean sockets =
        SharedMemorySettings.SOCKETS.equals(System.getenv(SharedMemorySettings.VARIABLE));

    List<String> ways = Ranks.run(2, Collectives::transport);

    if (sockets) {
      assertThat(ways).allMatch(way -> way.startsWith("sockets ("));
    } else {
      // Not all machines have such memory.
      assumeTrue(ways.get(0).startsWith("shared memory ("), ways.get(0));
      assertThat(ways).allMatch(way -> way.startsWith("shared memory ("));
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void givesTheBitsOfSockets(int size) {
    List<Integer> compared =
        Ranks.run(
            size,
            group -> {
              try (Collectives sockets = Twins.of(group, Twins.SOCKETS);
                  Collectives tiny = Twins.of(group, Twins.rings(4096))) {
                return compare(List.of(sockets, group, tiny));
              }
            });

    assertThat(compared).containsOnly(2 * ROUNDS * UNDER_WAY);
  }

  private static int compare(List<Collectives> groups) {
    Random random = new Random(groups.get(0).size());
    int compared = 0;
    for (int round = 0; round < ROUNDS; round++) {
      try (TensorScope scope = TensorScope.open()) {
        List<Step> steps =
            IntStream.range(0, UNDER_WAY)
                .mapToObj(i -> Step.draw(random, groups.get(0).size()))
                .toList();
        List<List<Started>> started = new ArrayList<>();
        for (Collectives group : groups) {
          started.add(steps.stream().map(step -> start(group, step)).toList());
        }
        List<Started> all = new ArrayList<>(started.stream().flatMap(List::stream).toList());
        Collections.shuffle(all, random);
        all.forEach(each -> each.pending().await());
        for (int i = 0; i < UNDER_WAY; i++) {
          byte[] expected = bytes(started.get(0).get(i).result());
          for (int way = 1; way < groups.size(); way++) {
            assertThat(bytes(started.get(way).get(i).result()))
                .as("%s over %s", steps.get(i), groups.get(way).transport())
                .isEqualTo(expected);
            compared++;
          }
        }
      }
    }
    return compared;
  }

  private static Started start(Collectives group, Step step) {
    int ranks = group.size();
    return switch (step.kind()) {
      case GATHER -> {
        Tensor output = values(step, step.elements() * ranks, -1);
        Tensor input = values(step, step.elements(), group.rank());
        yield new Started(group.allGather(output, input), output);
      }
      case SCATTER -> {
        Tensor output = values(step, step.elements(), -1);
        Tensor input = values(step, step.elements() * ranks, group.rank());
        yield new Started(group.reduceScatter(output, input, step.reduction()), output);
      }
      case REDUCE -> {
        Tensor tensor = values(step, step.elements(), group.rank());
        yield new Started(group.allReduce(tensor, step.reduction()), tensor);
      }
      case BROADCAST -> {
        Tensor tensor = values(step, step.elements(), group.rank());
        yield new Started(group.broadcast(tensor, step.root()), tensor);
      }
    };
  }

  /** Random values of a rank, some of them special. */
  private static Tensor values(Step step, int elements, int rank) {
    Random random = new Random(step.seed() + rank);
    double[] values = new double[elements];
    boolean floating = FLOATS.contains(step.type());
    for (int i = 0; i < elements; i++) {
      boolean special = floating && random.nextInt(50) == 0;
      double any = floating ? random.nextGaussian() : random.nextInt(100);
      values[i] = special ? SPECIAL[random.nextInt(SPECIAL.length)] : any;
    }
    Tensor doubles = torch.zeros(new long[] {elements}, new TensorOptions(ScalarType.Double));
    if (elements > 0) {
      doubles.data_ptr_double().put(values, 0, elements);
    }
    return doubles.to(step.type());
  }

  private static byte[] bytes(Tensor tensor) {
    byte[] bytes = new byte[Math.toIntExact(tensor.nbytes())];
    if (bytes.length > 0) {
      new BytePointer(tensor.data_ptr()).get(bytes);
    }
    return bytes;
  }
}
