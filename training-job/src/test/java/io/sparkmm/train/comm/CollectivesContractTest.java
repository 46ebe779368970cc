package io.sparkmm.train.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.RankProcess;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every backend has to do, for each number of ranks it can serve here. */
@Tag("slow")
class CollectivesContractTest {
  /** A group size and an element type. */
  record Case(int size, ScalarType type) {
    @Override
    public String toString() {
      return (size == 1 ? "local" : Ranks.backend()) + " " + size + " " + type;
    }
  }

  static Stream<Case> cases() {
    // Threads of one process show nothing more with a fourth rank.
    List<Integer> sizes = RankProcess.current().isEmpty() ? List.of(1, 2, 3) : List.of(1, 2, 3, 4);
    return sizes.stream()
        .flatMap(
            size ->
                Stream.of(ScalarType.Float, ScalarType.Double, ScalarType.BFloat16)
                    .map(type -> new Case(size, type)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gathersInRankOrder(Case example) {
    List<double[]> results =
        Ranks.run(
            example.size(),
            group -> {
              try (TensorScope scope = TensorScope.open()) {
                Tensor input = tensor(example, 10.0 * group.rank(), 10.0 * group.rank() + 1);
                Tensor output = tensor(example, new double[2 * group.size()]);
                group.allGather(output, input).await();
                return Tensors.values(output);
              }
            });

    double[] expected = {0, 1, 10, 11, 20, 21, 30, 31};
    assertThat(results)
        .allSatisfy(
            result -> assertThat(result).isEqualTo(Arrays.copyOf(expected, 2 * example.size())));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void reduceScatterGivesEachRankItsOwnSlice(Case example) {
    List<double[]> sums = reduceScatter(example, Reduction.SUM);
    List<double[]> means = reduceScatter(example, Reduction.AVG);

    int size = example.size();
    for (int rank = 0; rank < size; rank++) {
      double rankSum = size * (size - 1) / 2.0;
      double sum = rankSum + size * 10.0 * rank;
      assertThat(sums.get(rank)).containsExactly(sum);
      assertThat(means.get(rank)).containsExactly(sum / size);
    }
  }

  private static List<double[]> reduceScatter(Case example, Reduction reduction) {
    return Ranks.run(
        example.size(),
        group -> {
          try (TensorScope scope = TensorScope.open()) {
            double[] input = new double[group.size()];
            Arrays.setAll(input, slice -> group.rank() + 10.0 * slice);
            Tensor output = tensor(example, 0.0);
            group.reduceScatter(output, tensor(example, input), reduction).await();
            return Tensors.values(output);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("cases")
  void allReduceAddsAveragesAndTakesTheLargest(Case example) {
    List<double[]> results =
        Ranks.run(
            example.size(),
            group -> {
              try (TensorScope scope = TensorScope.open()) {
                double[] found = new double[3];
                for (Reduction reduction : Reduction.values()) {
                  Tensor tensor = tensor(example, 2.0 * group.rank());
                  group.allReduce(tensor, reduction).await();
                  found[reduction.ordinal()] = Tensors.values(tensor)[0];
                }
                return found;
              }
            });

    int size = example.size();
    assertThat(results)
        .allSatisfy(
            found ->
                assertThat(found)
                    .containsExactly(size * (size - 1.0), size - 1.0, 2.0 * (size - 1)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void broadcastsFromEveryRoot(Case example) {
    List<double[]> results =
        Ranks.run(
            example.size(),
            group -> {
              double[] found = new double[group.size()];
              for (int root = 0; root < group.size(); root++) {
                try (TensorScope scope = TensorScope.open()) {
                  Tensor tensor = tensor(example, group.rank() + 5.0);
                  group.broadcast(tensor, root).await();
                  found[root] = Tensors.values(tensor)[0];
                }
              }
              return found;
            });

    assertThat(results)
        .allSatisfy(
            found ->
                assertThat(found)
                    .isEqualTo(Arrays.copyOf(new double[] {5, 6, 7, 8}, example.size())));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void reductionsGiveTheSameBitsEachTime(Case example) {
    List<List<double[]>> results =
        Ranks.run(
            example.size(),
            group -> {
              try (TensorScope scope = TensorScope.open()) {
                torch.manual_seed(3);
                Tensor source =
                    torch.sin(
                        torch
                            .arange(
                                new org.bytedeco.pytorch.Scalar(6000),
                                new TensorOptions(ScalarType.Double))
                            .add(new org.bytedeco.pytorch.Scalar(group.rank() * 0.37)));
                double[][] found = new double[2][];
                for (int i = 0; i < 2; i++) {
                  Tensor copy =
                      source.to(
                          example.type(),
                          false,
                          true,
                          new org.bytedeco.pytorch.MemoryFormatOptional());
                  group.allReduce(copy, Reduction.AVG).await();
                  found[i] = Tensors.values(copy);
                }
                return List.of(found[0], found[1]);
              }
            });

    for (List<double[]> found : results) {
      assertThat(found.get(0)).isEqualTo(found.get(1)).isEqualTo(results.get(0).get(0));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void splitsIntoGroupsOfTheirOwn(Case example) {
    List<double[]> results =
        Ranks.run(
            example.size(),
            group -> {
              List<int[]> cut =
                  group.size() == 1
                      ? List.of(new int[] {0})
                      : group.size() == 2
                          ? List.of(new int[] {0}, new int[] {1})
                          : group.size() == 3
                              ? List.of(new int[] {2, 0}, new int[] {1})
                              : List.of(new int[] {0, 2}, new int[] {1, 3});
              try (Collectives part = group.split(cut, "parts");
                  TensorScope scope = TensorScope.open()) {
                Tensor tensor = tensor(example, group.rank() + 1.0);
                part.allReduce(tensor, Reduction.SUM).await();
                return new double[] {part.rank(), part.size(), Tensors.values(tensor)[0]};
              }
            });

    if (example.size() == 3) {
      assertThat(results.get(0)).containsExactly(1, 2, 4);
      assertThat(results.get(1)).containsExactly(0, 1, 2);
      assertThat(results.get(2)).containsExactly(0, 2, 4);
    } else if (example.size() == 4) {
      assertThat(results.get(0)).containsExactly(0, 2, 4);
      assertThat(results.get(1)).containsExactly(0, 2, 6);
      assertThat(results.get(2)).containsExactly(1, 2, 4);
      assertThat(results.get(3)).containsExactly(1, 2, 6);
    } else {
      for (int rank = 0; rank < example.size(); rank++) {
        assertThat(results.get(rank)).containsExactly(0, 1, rank + 1.0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void oneNameMayBeUsedForSeveralSplits(Case example) {
    List<double[]> results =
        Ranks.run(
            example.size(),
            group -> {
              int[] all = IntStream.range(0, group.size()).toArray();
              try (Collectives first = group.split(List.of(all), "parts");
                  Collectives second = group.split(List.of(all), "parts")) {
                second.barrier(Duration.ofSeconds(60));
                try (Collectives inner = first.split(List.of(all), "parts");
                    TensorScope scope = TensorScope.open()) {
                  Tensor tensor = tensor(example, group.rank() + 1.0);
                  inner.allReduce(tensor, Reduction.SUM).await();
                  second.allReduce(tensor, Reduction.SUM).await();
                  return Tensors.values(tensor);
                }
              }
            });

    int size = example.size();
    assertThat(results).hasSize(size);
    assertThat(results)
        .allSatisfy(sum -> assertThat(sum).containsExactly(size * size * (size + 1) / 2.0));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void barrierLetsEveryRankThrough(Case example) {
    List<String> results =
        Ranks.run(
            example.size(),
            group -> {
              group.barrier(Duration.ofSeconds(60));
              return group.backend() + group.rank() + "/" + group.size();
            });

    String backend = example.size() == 1 ? "local" : Ranks.backend();
    for (int rank = 0; rank < example.size(); rank++) {
      assertThat(results.get(rank)).isEqualTo(backend + rank + "/" + example.size());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void refusesTensorsThatDoNotFitBeforeAnythingIsSent(Case example) {
    Ranks.run(
        example.size(),
        group -> {
          try (TensorScope scope = TensorScope.open()) {
            Tensor three = tensor(example, 1, 2, 3);
            Tensor seven = tensor(example, new double[7]);
            Tensor strided = tensor(example, 1, 2, 3, 4).view(2, 2).t();
            Tensor integers = torch.zeros(new long[] {3}, new TensorOptions(ScalarType.Long));
            assertThatThrownBy(() -> group.allGather(seven, three))
                .hasMessage(
                    "Cannot all-gather: output has 7 elements, %d ranks give 3 each", group.size());
            assertThatThrownBy(() -> group.reduceScatter(three, seven, Reduction.SUM))
                .hasMessageContaining("input has 7 elements");
            assertThatThrownBy(() -> group.allGather(three, integers))
                .hasMessageContaining("input is Long");
            assertThatThrownBy(() -> group.allReduce(strided, Reduction.SUM))
                .hasMessage("Cannot all-reduce: tensor is not contiguous");
            assertThatThrownBy(() -> group.broadcast(three, group.size()))
                .hasMessageContaining("the group has " + group.size() + " ranks");
            assertThatThrownBy(() -> group.split(List.of(new int[] {0, 0}), "twice"))
                .hasMessageContaining("rank 0 is repeated");
            Tensor sum = tensor(example, 1.0);
            group.allReduce(sum, Reduction.SUM).await();
            assertThat(Tensors.values(sum)).containsExactly(group.size());
          }
          return null;
        });
  }

  private static Tensor tensor(Case example, double... values) {
    return Tensors.of(example.type(), values);
  }
}
