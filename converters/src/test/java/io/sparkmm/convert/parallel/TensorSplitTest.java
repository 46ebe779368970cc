package io.sparkmm.convert.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TensorSplitTest {

  private Numbered numbers;

  @BeforeAll
  void writeNumbers(@TempDir Path folder) {
    numbers = Numbered.in(folder);
  }

  private static List<TensorView> slices(TensorSplit split, TensorView whole, int size) {
    List<TensorView> slices = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      slices.add(split.slice("key", whole, rank, size));
    }
    return slices;
  }

  private static List<Long> range(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  @Test
  void rowsGoInEqualBlocks() {
    TensorView slice = TensorSplit.ROW.slice("key", numbers.tensor(8, 3), 1, 4);

    assertThat(Numbered.rows(slice)).containsExactly(2L, 3L);
    assertThat(slice.shape()).containsExactly(2L, 3L);
  }

  @Test
  void rowsOfAVectorGoInEqualBlocks() {
    assertThat(Numbered.values(TensorSplit.ROW.slice("key", numbers.tensor(8), 3, 4)))
        .containsExactly(6L, 7L);
  }

  @Test
  void columnsGoInEqualBlocks() {
    TensorView slice = TensorSplit.COL.slice("key", numbers.tensor(2, 8), 1, 2);

    assertThat(Numbered.values(slice)).containsExactly(4L, 5L, 6L, 7L, 12L, 13L, 14L, 15L);
  }

  @Test
  void gateAndUpAreEachDivided() {
    List<TensorView> slices = slices(TensorSplit.GLU, numbers.tensor(32, 2), 2);

    assertThat(Numbered.rows(slices.get(0)))
        .containsExactlyElementsOf(
            LongStream.concat(LongStream.range(0, 8), LongStream.range(16, 24)).boxed().toList());
    assertThat(Numbered.rows(slices.get(1)))
        .containsExactlyElementsOf(
            LongStream.concat(LongStream.range(8, 16), LongStream.range(24, 32)).boxed().toList());
  }

  @Test
  void unevenRowsGiveTheFirstRanksOneMore() {
    List<TensorView> slices = slices(TensorSplit.UNEVEN_ROW, numbers.tensor(7, 2), 4);

    assertThat(slices.stream().map(Numbered::rows))
        .containsExactly(List.of(0L, 1L), List.of(2L, 3L), List.of(4L, 5L), List.of(6L));
  }

  @Test
  void unevenQkvKeepsWholeHeadsOfEachPart() {
    List<TensorView> slices = slices(TensorSplit.unevenQkvRow(3), numbers.tensor(18, 1), 2);

    assertThat(Numbered.rows(slices.get(0)))
        .containsExactly(0L, 1L, 2L, 3L, 6L, 7L, 8L, 9L, 12L, 13L, 14L, 15L);
    assertThat(Numbered.rows(slices.get(1))).containsExactly(4L, 5L, 10L, 11L, 16L, 17L);
  }

  @Test
  void unevenQkvMergesPartByPart() {
    TensorView whole = numbers.tensor(18, 2);
    TensorSplit split = TensorSplit.unevenQkvRow(3);

    assertThat(Numbered.values(split.merge("key", slices(split, whole, 2))))
        .isEqualTo(Numbered.values(whole));
  }

  @Test
  void unevenColumnsKeepWholeHeads() {
    List<TensorView> slices = slices(TensorSplit.unevenCol(3), numbers.tensor(1, 12), 2);

    assertThat(slices.stream().map(Numbered::values)).containsExactly(range(0, 8), range(8, 12));
  }

  @Test
  void moreRanksThanHeadsLeaveTheLastOnesEmpty() {
    List<TensorView> slices = slices(TensorSplit.unevenCol(2), numbers.tensor(3, 4), 3);

    assertThat(slices.get(2).shape()).containsExactly(3L, 0L);
  }

  @Test
  void copiesAreTheWhole() {
    TensorView whole = numbers.tensor(3);

    assertThat(TensorSplit.WHOLE.slice("key", whole, 1, 2)).isSameAs(whole);
  }

  @Test
  void remaindersOfRowsAreRefused() {
    assertThatThrownBy(() -> TensorSplit.ROW.slice("a.weight", numbers.tensor(7, 3), 0, 2))
        .isInstanceOf(ConvertException.class)
        .hasMessage("Cannot divide a.weight: dim 0 of size 7 is not divisible by tp 2");
  }

  @Test
  void remaindersOfColumnsAreRefused() {
    assertThatThrownBy(() -> TensorSplit.COL.slice("a.weight", numbers.tensor(7, 3), 0, 2))
        .hasMessage("Cannot divide a.weight: dim 1 of size 3 is not divisible by tp 2");
  }

  @Test
  void remaindersOfGateAndUpAreRefused() {
    assertThatThrownBy(() -> TensorSplit.GLU.slice("a.weight", numbers.tensor(6), 0, 2))
        .hasMessage(
            "Cannot divide a.weight: dim 0 of size 6 is not divisible by tp 2 twice (gate and up)");
  }

  @Test
  void headsThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> TensorSplit.unevenCol(5).slice("a", numbers.tensor(2, 12), 0, 2))
        .hasMessage("Cannot divide a: dim 1 of size 12 does not consist of 5 equal heads");
  }

  @Test
  void vectorsHaveNoColumns() {
    assertThatThrownBy(() -> TensorSplit.COL.slice("a", numbers.tensor(4), 0, 2))
        .hasMessage("Cannot divide a of shape [4]: it has no dim 1");
  }

  @Test
  void slicesOfDifferentShapesAreNotMerged() {
    List<TensorView> parts = List.of(numbers.tensor(4, 2), numbers.tensor(3, 2));

    assertThatThrownBy(() -> TensorSplit.ROW.merge("a.weight", parts))
        .hasMessage(
            "Cannot merge a.weight over tensor parallel ranks: rank 0 has I64 [4, 2], rank 1 has"
                + " I64 [3, 2]");
  }

  @Test
  void slicesThatNoDivisionGivesAreNotMerged() {
    List<TensorView> parts = List.of(numbers.tensor(2, 2), numbers.tensor(3, 2));

    assertThatThrownBy(() -> TensorSplit.UNEVEN_ROW.merge("a.weight", parts))
        .hasMessage(
            "Cannot merge a.weight over tensor parallel ranks: the ranks hold [2, 3], but should"
                + " hold [3, 2]");
  }

  @Test
  void copiesOfDifferentShapesAreNotMerged() {
    List<TensorView> parts = List.of(numbers.tensor(2), numbers.tensor(3));

    assertThatThrownBy(() -> TensorSplit.WHOLE.merge("a.weight", parts))
        .hasMessageContaining("rank 0 has I64 [2], rank 1 has I64 [3]");
  }

  @Test
  void theFirstRuleThatMatchesDecides() {
    TpTable table =
        TpTable.of(
            TpRule.of("a.layers.{L}.mlp.weight", TensorSplit.GLU),
            TpRule.of("a.layers.{L}.{m}.weight", TensorSplit.ROW));

    assertThat(table.split("a.layers.3.mlp.weight")).isEqualTo(TensorSplit.GLU);
    assertThat(table.split("a.layers.3.attn.weight")).isEqualTo(TensorSplit.ROW);
    assertThat(table.split("a.norm.weight")).isEqualTo(TensorSplit.WHOLE);
  }
}
