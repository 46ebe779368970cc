package io.sparkmm.convert.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class CoverageTest {

  private static StoredTensor tensor(String name, long... shape) {
    return StoredTensor.of(
        new TensorRef(TensorSpec.of(name, DType.BF16, shape), Path.of("model.safetensors"), 0));
  }

  @Test
  void acceptsRowsInAnotherOrder() {
    StoredTensor w = tensor("w", 8, 4);
    TensorView view = TensorView.of(w);
    Coverage coverage = new Coverage();
    coverage.source(w);
    coverage.use("a", TensorView.concat(0, List.of(view.slice(0, 6, 8), view.slice(0, 0, 2))));
    coverage.use("b", view.slice(0, 2, 6).transpose(0, 1));

    coverage.check();
  }

  @Test
  void namesTheRangeThatNobodyUses() {
    StoredTensor w = tensor("w", 8, 4);
    Coverage coverage = new Coverage();
    coverage.source(w);
    coverage.source(tensor("unused"));
    coverage.use("left", TensorView.of(w).slice(1, 0, 2));
    coverage.use("right", TensorView.of(w).slice(1, 2, 4).slice(0, 0, 5));

    assertThatThrownBy(coverage::check)
        .isInstanceOf(ConvertException.class)
        .hasMessageContaining("tensor w of model.safetensors: [5..8, 2..4] is used by nothing")
        .hasMessageContaining("tensor unused of model.safetensors: [] is used by nothing");
  }

  @Test
  void namesTheRangeThatIsUsedTwiceAndWhoDoes() {
    StoredTensor w = tensor("w", 8);
    Coverage coverage = new Coverage();
    coverage.source(w);
    coverage.use("a", TensorView.of(w).slice(0, 0, 5));
    coverage.use("b", TensorView.of(w).slice(0, 4, 8));

    assertThat(coverage.problems())
        .containsExactly(
            "tensor w of model.safetensors: [4..5] is used more than once, by a and b");
  }

  @Test
  void allowsDeclaredRepetition() {
    StoredTensor w = tensor("embedding", 8);
    Coverage coverage = new Coverage();
    coverage.mayRepeat(w);
    coverage.use("embedding", TensorView.of(w));
    coverage.use("head", TensorView.of(w));

    assertThat(coverage.problems()).isEmpty();
  }

  @Test
  void aDeclaredRepetitionMustStillBeWhole() {
    StoredTensor w = tensor("embedding", 8);
    Coverage coverage = new Coverage();
    coverage.mayRepeat(w);
    coverage.use("embedding", TensorView.of(w).slice(0, 0, 7));

    assertThat(coverage.problems())
        .containsExactly("tensor embedding of model.safetensors: [7..8] is used by nothing");
  }

  @Test
  void allowsDeclaredOmissionButNoDoubling() {
    StoredTensor head = tensor("head", 8);
    Coverage coverage = new Coverage();
    coverage.mayStayUnused(head);
    assertThat(coverage.problems()).isEmpty();

    coverage.use("a", TensorView.of(head).slice(0, 1, 3));
    coverage.use("b", TensorView.of(head).slice(0, 1, 3));
    assertThat(coverage.problems())
        .containsExactly(
            "tensor head of model.safetensors: [1..3] is used more than once, by a and b");
  }

  @Test
  void refusesBytesOfSomethingThatIsNoSource() {
    Coverage coverage = new Coverage();
    coverage.use("a", TensorView.of(tensor("stranger", 2)));

    assertThat(coverage.problems())
        .containsExactly(
            "result a takes bytes of tensor stranger of model.safetensors, which is not a source");
  }

  @Test
  void acceptsTensorsWithoutElements() {
    Coverage coverage = new Coverage();
    coverage.source(tensor("empty", 0, 4));

    assertThat(coverage.problems()).isEmpty();
  }

  /** Every element is counted one by one for comparison. */
  @Property(seed = "1", tries = 300)
  void findsAFaultExactlyWhenCountingFindsOne(@ForAll long seed) {
    Random random = new Random(seed);
    int rows = 1 + random.nextInt(6);
    int columns = 1 + random.nextInt(6);
    List<BoxCover.Labelled> boxes = new ArrayList<>();
    tile(random, new int[] {0, rows, 0, columns}, boxes);
    Collections.shuffle(boxes, random);
    if (random.nextBoolean()) {
      boxes.remove(random.nextInt(boxes.size()));
    }
    if (random.nextInt(3) == 0) {
      tile(random, new int[] {0, rows, 0, columns}, boxes);
      boxes.subList(random.nextInt(boxes.size()) + 1, boxes.size()).clear();
    }
    int[] count = new int[rows * columns];
    for (BoxCover.Labelled box : boxes) {
      for (long row = box.low().get(0); row < box.high().get(0); row++) {
        for (long column = box.low().get(1); column < box.high().get(1); column++) {
          count[(int) (row * columns + column)]++;
        }
      }
    }
    List<Long> shape = List.of((long) rows, (long) columns);
    boolean gap = java.util.Arrays.stream(count).anyMatch(n -> n == 0);
    boolean doubled = java.util.Arrays.stream(count).anyMatch(n -> n > 1);

    assertThat(BoxCover.fault(shape, boxes, 1, 1).isPresent()).isEqualTo(gap || doubled);
    assertThat(BoxCover.fault(shape, boxes, 0, 1).isPresent()).isEqualTo(doubled);
    assertThat(BoxCover.fault(shape, boxes, 1, Long.MAX_VALUE).isPresent()).isEqualTo(gap);
  }

  private static void tile(Random random, int[] range, List<BoxCover.Labelled> boxes) {
    int dim = random.nextInt(2);
    int low = range[2 * dim];
    int high = range[2 * dim + 1];
    if (high - low < 2 || random.nextInt(3) == 0) {
      boxes.add(
          new BoxCover.Labelled(
              "box" + boxes.size(),
              List.of((long) range[0], (long) range[2]),
              List.of((long) range[1], (long) range[3])));
      return;
    }
    int cut = low + 1 + random.nextInt(high - low - 1);
    int[] first = range.clone();
    int[] second = range.clone();
    first[2 * dim + 1] = cut;
    second[2 * dim] = cut;
    tile(random, first, boxes);
    tile(random, second, boxes);
  }
}
