package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.model.ModelException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The worked examples of the position rule. */
class RopeIndexTest {
  private static final Qwen2VlTokens TOKENS = TinyModels.config().tokens();

  @Test
  void picture() {
    RopeIndex index = images("10 11 150 151x6 153 12 13", new Grid(1, 4, 6));
    assertThat(index.axis(0)).containsExactly(0, 1, 2, 3, 3, 3, 3, 3, 3, 6, 7, 8);
    assertThat(index.axis(1)).containsExactly(0, 1, 2, 3, 3, 3, 4, 4, 4, 6, 7, 8);
    assertThat(index.axis(2)).containsExactly(0, 1, 2, 3, 4, 5, 3, 4, 5, 6, 7, 8);
    assertThat(index.deltas()).containsExactly(-3);
  }

  @Test
  void twoPictures() {
    RopeIndex index =
        images("10 150 151x4 153 150 151x2 153 11", new Grid(1, 4, 4), new Grid(1, 2, 4));
    assertThat(index.axis(0)).containsExactly(0, 1, 2, 2, 2, 2, 4, 5, 6, 6, 8, 9);
    assertThat(index.axis(1)).containsExactly(0, 1, 2, 2, 3, 3, 4, 5, 6, 6, 8, 9);
    assertThat(index.axis(2)).containsExactly(0, 1, 2, 3, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(index.deltas()).containsExactly(-2);
  }

  @Test
  void video() {
    RopeIndex index = index("10 150 152x8 153 11", List.of(), List.of(new Grid(4, 2, 4)));
    assertThat(index.axis(0)).containsExactly(0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7);
    assertThat(index.axis(1)).containsExactly(0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 6, 7);
    assertThat(index.axis(2)).containsExactly(0, 1, 2, 3, 2, 3, 2, 3, 2, 3, 6, 7);
    assertThat(index.deltas()).containsExactly(-4);
  }

  @Test
  void leftPaddedBatch() {
    long[] ids = TinyModels.ids("0 0 0 10 150 151x4 153 11 1 2 3 4 5 6 7 8 9 10 11");
    long[] mask = new long[ids.length];
    Arrays.fill(mask, 3, ids.length, 1);
    RopeIndex index = RopeIndex.of(2, 11, ids, mask, media(List.of(new Grid(1, 4, 4)), List.of()));
    assertThat(index.axis(0))
        .containsExactly(1, 1, 1, 0, 1, 2, 2, 2, 2, 4, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    assertThat(index.axis(1)).startsWith(1, 1, 1, 0, 1, 2, 2, 3, 3, 4, 5);
    assertThat(index.axis(2)).startsWith(1, 1, 1, 0, 1, 2, 3, 2, 3, 4, 5);
    assertThat(index.deltas()).containsExactly(-5, 0);
  }

  @Test
  void videoAfterText() {
    RopeIndex index =
        index("10 11 12 13 150 152x12 153 14 15 16 17", List.of(), List.of(new Grid(2, 4, 6)));
    assertThat(Arrays.copyOfRange(index.axis(0), 5, 22))
        .containsExactly(5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 8, 9, 10, 11, 12);
    assertThat(index.deltas()).containsExactly(-9);
  }

  @Test
  void textHasThreeEqualAxes() {
    RopeIndex index = images("10 11 12 13");
    assertThat(index.axis(0)).containsExactly(0, 1, 2, 3);
    assertThat(index.axis(1)).isEqualTo(index.axis(0));
    assertThat(index.axis(2)).isEqualTo(index.axis(0));
    assertThat(index.deltas()).containsExactly(0);
  }

  @Test
  void placeholderWithoutVisionStartCountsAsText() {
    assertThat(images("10 151 151 11", new Grid(1, 2, 4)).axis(0)).containsExactly(0, 1, 2, 3);
  }

  @Test
  void positionOfAGeneratedTokenEqualsThatOfTheLongerText() {
    RopeIndex prompt = images("10 150 151x6 153 11", new Grid(1, 4, 6));
    RopeIndex longer = images("10 150 151x6 153 11 12 13", new Grid(1, 4, 6));
    long[] positions = longer.axis(0);
    assertThat(10 + prompt.deltas()[0]).isEqualTo(positions[10]);
    assertThat(11 + prompt.deltas()[0]).isEqualTo(positions[11]);
  }

  @Test
  void rejectsMorePicturesThanGrids() {
    assertThatThrownBy(() -> images("150 151x2 153 150 151x2", new Grid(1, 2, 4)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("row 0, column 5")
        .hasMessageContaining("fewer grids");
  }

  @Test
  void rejectsGridThatDoesNotFitItsRow() {
    assertThatThrownBy(() -> images("150 151x2", new Grid(1, 4, 4)))
        .isInstanceOf(ModelException.class)
        .hasMessage("Cannot place grid (1,4,4): it needs 4 tokens, the row ends after 2");
  }

  private static RopeIndex images(String text, Grid... grids) {
    return index(text, List.of(grids), List.of());
  }

  private static RopeIndex index(String text, List<Grid> images, List<Grid> videos) {
    long[] ids = TinyModels.ids(text);
    long[] mask = new long[ids.length];
    Arrays.fill(mask, 1);
    return RopeIndex.of(1, ids.length, ids, mask, media(images, videos));
  }

  private static RopeIndex.Media media(List<Grid> images, List<Grid> videos) {
    return new RopeIndex.Media(images, videos, TOKENS, 2);
  }
}
