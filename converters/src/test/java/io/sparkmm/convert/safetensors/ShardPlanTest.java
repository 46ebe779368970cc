package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ShardPlanTest {

  /** Tensors of so many bytes, named by their place. */
  private static List<TensorSpec> sizes(long... bytes) {
    return IntStream.range(0, bytes.length)
        .mapToObj(i -> TensorSpec.of("t" + i, DType.U8, bytes[i]))
        .toList();
  }

  private static List<List<String>> names(ShardPlan plan) {
    return plan.shards().stream()
        .map(shard -> shard.tensors().stream().map(TensorSpec::name).toList())
        .toList();
  }

  static Stream<Arguments> plans() {
    return Stream.of(
        Arguments.of("exactly the limit", sizes(4, 6), List.of(List.of("t0", "t1"))),
        Arguments.of("one over", sizes(4, 7), List.of(List.of("t0"), List.of("t1"))),
        Arguments.of(
            "a huge one does not close the current file",
            sizes(4, 11, 6),
            List.of(List.of("t1"), List.of("t0", "t2"))),
        Arguments.of("a huge one at the end", sizes(4, 11), List.of(List.of("t1"), List.of("t0"))),
        Arguments.of("a huge one alone", sizes(11), List.of(List.of("t0"))),
        Arguments.of("two huge ones", sizes(11, 12), List.of(List.of("t0"), List.of("t1"))),
        Arguments.of(
            "empty tensors fit anywhere",
            sizes(10, 0, 1),
            List.of(List.of("t0", "t1"), List.of("t2"))),
        Arguments.of("no tensors", sizes(), List.of(List.of())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("plans")
  void fillsFilesAsSavePretrainedDoes(
      String what, List<TensorSpec> specs, List<List<String>> expected) {
    assertThat(names(ShardPlan.of(specs, 10))).as(what).isEqualTo(expected);
  }

  @Test
  void oneFileHasThePlainName() {
    assertThat(ShardPlan.of(sizes(1), 10).shards())
        .extracting(ShardPlan.Shard::fileName)
        .containsExactly("model.safetensors");
  }

  @Test
  void severalFilesAreNumberedFromOne() {
    assertThat(ShardPlan.of(sizes(9, 9, 9), 10).shards())
        .extracting(ShardPlan.Shard::fileName)
        .containsExactly(
            "model-00001-of-00003.safetensors",
            "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors");
  }

  @Test
  void indexNamesEveryTensorAndAllBytes() {
    SafetensorsIndex index = ShardPlan.of(sizes(9, 9), 10).index();

    assertThat(index.totalSize()).hasValue(18);
    assertThat(index.weightMap())
        .containsEntry("t0", "model-00001-of-00002.safetensors")
        .containsEntry("t1", "model-00002-of-00002.safetensors")
        .hasSize(2);
  }

  @Test
  void sumsDoNotOverflow() {
    List<TensorSpec> specs = sizes(Long.MAX_VALUE, Long.MAX_VALUE, 1);

    assertThat(names(ShardPlan.of(specs, Long.MAX_VALUE)))
        .containsExactly(List.of("t0"), List.of("t1"), List.of("t2"));
  }

  @Test
  void completesNumberedNamesAndKeepsOthers() {
    assertThat(
            ShardNumbering.complete(
                List.of("a-00002-of-00002.safetensors", "b.safetensors", "c-1-of-2.safetensors")))
        .containsExactly(
            "a-00001-of-00002.safetensors",
            "a-00002-of-00002.safetensors",
            "b.safetensors",
            "c-1-of-2.safetensors");
  }
}
