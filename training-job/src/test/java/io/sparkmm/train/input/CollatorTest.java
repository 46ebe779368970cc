package io.sparkmm.train.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.data.image.PatchGrid;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.PixelPatches;
import io.sparkmm.data.image.PixelProcessor;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.image.RegulariseFilter;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CollatorTest {
  private static final int PAD = 9;
  private static final int START = 90;
  private static final int IMAGE = 91;
  private static final int END = 92;
  private static final PixelPatches BLANK = patches(7f, 1, 4, 4);

  @Test
  void padsRowsOnTheRightToAMultipleOfEight() {
    HostBatch batch =
        collator(-100)
            .collate(
                List.of(
                    picture("a", new int[] {START, IMAGE, END, 5, 6}, 3, 1f),
                    picture("b", new int[] {START, IMAGE, END, 1, 2, 3, 4, 5, 6}, 4, 2f)));

    assertThat(batch.columns()).isEqualTo(16);
    assertThat(row(batch, batch.inputIds(), 0))
        .containsExactly(START, IMAGE, END, 5, 6, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9);
    assertThat(row(batch, batch.attentionMask(), 0))
        .containsExactly(1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(row(batch, batch.labels(), 0))
        .startsWith(-100, -100, -100, 5, 6, -100)
        .endsWith(-100);
    assertThat(row(batch, batch.labels(), 1))
        .startsWith(-100, -100, -100, -100, 2, 3, 4, 5, 6, -100);
    assertThat(batch.sampleIds()).containsExactly("a", "b");
  }

  @Test
  void keepsPicturesInSampleOrder() {
    HostBatch batch =
        collator(-100)
            .collate(
                List.of(
                    picture("a", new int[] {IMAGE, 5}, 1, 1f),
                    text("b", 5, 6),
                    picture("c", new int[] {IMAGE, 5}, 1, 3f)));

    assertThat(batch.imageGrids()).containsExactly(new int[] {1, 2, 2}, new int[] {1, 2, 2});
    assertThat(batch.pixelValues()).containsExactly(1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3);
  }

  @Test
  void addsABlankPictureBehindTheFirstRowWhenThereIsNone() {
    HostBatch batch = collator(-100).collate(List.of(text("a", 5, 6), text("b", 1, 2, 3, 4)));

    assertThat(batch.columns()).isEqualTo(8);
    assertThat(row(batch, batch.inputIds(), 0))
        .containsExactly(5, 6, START, IMAGE, IMAGE, IMAGE, IMAGE, END);
    assertThat(row(batch, batch.attentionMask(), 0)).containsExactly(1, 1, 0, 0, 0, 0, 0, 0);
    assertThat(row(batch, batch.labels(), 0))
        .containsExactly(-100, 6, -100, -100, -100, -100, -100, -100);
    assertThat(batch.imageGrids()).containsExactly(new int[] {1, 4, 4});
    assertThat(batch.pixelValues()).isEqualTo(BLANK.rows());
  }

  @Test
  void theBlankPictureCanMakeTheBatchLonger() {
    HostBatch batch = collator(-100).collate(List.of(text("a", 1, 2, 3), text("b", 1, 2, 3, 4)));

    assertThat(batch.columns()).isEqualTo(16);
    assertThat(row(batch, batch.inputIds(), 0)).startsWith(1, 2, 3, START, IMAGE).endsWith(PAD);
  }

  @Test
  void labelsPaddingWithThePaddingTokenIfAsked() {
    HostBatch batch = collator(PAD).collate(List.of(text("a", 5, 6), text("b", 5)));

    assertThat(row(batch, batch.labels(), 0))
        .containsExactly(-100, 6, -100, -100, -100, -100, -100, -100);
    assertThat(row(batch, batch.labels(), 1)).containsExactly(-100, 9, 9, 9, 9, 9, 9, 9);
  }

  @Test
  void theBlankPictureIsWhiteAndHasFourTokens() {
    PixelProcessor processor =
        new PixelProcessor(
            ProcessorConfig.qwen2Vl(), new PixelBounds(0, 1 << 20), RegulariseFilter.MINDSPEED_MM);

    PixelPatches blank = SampleDecoder.blank(processor);

    assertThat(blank.grid()).isEqualTo(new PatchGrid(1, 4, 4));
    assertThat(blank.rows()).hasSize(16 * 1176);
    // White after normalisation: (1 - mean) / std of each colour.
    assertThat(blank.rows()[0]).isCloseTo(1.930336f, within(1e-6f));
    assertThat(blank.rows()[1175]).isCloseTo(2.145897f, within(1e-6f));
  }

  @Test
  void givesAllChosenRowsThenAllRejectedOnes() {
    HostBatch batch =
        collator(PAD)
            .collate(
                List.of(
                    pair("p", new int[] {IMAGE, 1}, new int[] {IMAGE, 2, 3}, 1f),
                    pair("q", new int[] {IMAGE, 4, 5, 6}, new int[] {IMAGE, 7}, 2f)));

    assertThat(batch.rows()).isEqualTo(4);
    assertThat(batch.sampleIds()).containsExactly("p", "q", "p", "q");
    assertThat(row(batch, batch.inputIds(), 0)).startsWith(IMAGE, 1, PAD);
    assertThat(row(batch, batch.inputIds(), 1)).startsWith(IMAGE, 4, 5, 6, PAD);
    assertThat(row(batch, batch.inputIds(), 2)).startsWith(IMAGE, 2, 3, PAD);
    assertThat(row(batch, batch.inputIds(), 3)).startsWith(IMAGE, 7, PAD);
    assertThat(row(batch, batch.labels(), 2)).startsWith(-100, 2, 3, PAD);
    assertThat(row(batch, batch.attentionMask(), 3)).startsWith(1, 1, 0);
    assertThat(batch.imageGrids()).hasSize(4);
    assertThat(batch.pixelValues())
        .containsExactly(
            1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2,
            2, 2, 2);
    assertThat(batch.segments()).isEmpty();
  }

  @Test
  void numbersTheRecordsOfPackedRows() {
    HostBatch batch = new Collator(settings(-100, true), BLANK).collate(List.of(packed()));

    RowSegments segments = batch.segments().orElseThrow();
    assertThat(segments.isolated()).isTrue();
    assertThat(row(batch, segments.numbers(), 0))
        .containsExactly(1, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(row(batch, batch.attentionMask(), 0)).startsWith(1, 1, 1, 1, 1, 0, 0).endsWith(0);
    // The first token of a record cannot be predicted from it.
    assertThat(row(batch, batch.labels(), 0)).startsWith(-100, 2, 3, -100, 5, -100);
    assertThat(row(batch, batch.inputIds(), 0)).startsWith(1, 2, 3, 4, 5, PAD, PAD, PAD, START);
    assertThat(batch.bytes()).isEqualTo(16 * 32 + 4L * BLANK.rows().length);
  }

  @Test
  void plainPackingAttendsToTheWholeRow() {
    HostBatch batch = collator(-100).collate(List.of(packed()));

    assertThat(batch.segments().orElseThrow().isolated()).isFalse();
    assertThat(row(batch, batch.attentionMask(), 0))
        .containsExactly(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(row(batch, batch.labels(), 0)).startsWith(1, 2, 3, 4, 5, -100);
  }

  @Test
  void refusesSamplesOfDifferentKinds() {
    DecodedSample pair = pair("p", new int[] {IMAGE, 1}, new int[] {IMAGE, 2}, 1f);
    assertThatThrownBy(() -> collator(-100).collate(List.of(pair, text("t", 5, 6))))
        .hasMessage("Cannot make a batch of samples of different kinds: [p, t]");
    assertThatThrownBy(() -> collator(-100).collate(List.of(packed(), text("t", 5, 6))))
        .hasMessage("Cannot make a batch of samples of different kinds: [b, t]");
  }

  @Test
  void refusesABatchOfNothing() {
    assertThatThrownBy(() -> collator(-100).collate(List.of()))
        .hasMessage("Cannot make a batch of no samples");
  }

  static Collator collator(int padLabel) {
    return new Collator(settings(padLabel), BLANK);
  }

  static CollatorSettings settings(int padLabel) {
    return settings(padLabel, false);
  }

  private static CollatorSettings settings(int padLabel, boolean neat) {
    return new CollatorSettings(
        new CollatorSettings.Padding(PAD, padLabel, 8),
        new CollatorSettings.PictureTokens(START, IMAGE, END),
        2,
        neat);
  }

  private static DecodedSample pair(String id, int[] chosen, int[] rejected, float value) {
    EncodedImage image = new EncodedImage(id + ".png", Optional.empty(), 28, 28, 1, 2, 2);
    return new DecodedSample(
        new EncodedSample(
            id,
            new TokenRow(chosen, List.of(new LabelSpan(1, chosen.length))),
            List.of(image),
            Optional.of(new TokenRow(rejected, List.of(new LabelSpan(1, rejected.length)))),
            List.of()),
        List.of(patches(value, 1, 2, 2)));
  }

  /** A row of 8 tokens: two records of 3 and 2, padding. */
  private static DecodedSample packed() {
    return new DecodedSample(
        new EncodedSample(
            "b",
            new TokenRow(
                new int[] {1, 2, 3, 4, 5, PAD, PAD, PAD},
                List.of(new LabelSpan(0, 3), new LabelSpan(3, 5))),
            List.of(),
            Optional.empty(),
            List.of(new PackedSegment("b", 3, 0), new PackedSegment("a", 2, 0))),
        List.of());
  }

  static DecodedSample text(String id, int... ids) {
    List<LabelSpan> spans = ids.length > 1 ? List.of(new LabelSpan(1, ids.length)) : List.of();
    return new DecodedSample(new EncodedSample(id, ids, spans, List.of()), List.of());
  }

  private static DecodedSample picture(String id, int[] ids, int firstLabel, float value) {
    EncodedImage image = new EncodedImage(id + ".png", Optional.empty(), 28, 28, 1, 2, 2);
    return new DecodedSample(
        new EncodedSample(id, ids, List.of(new LabelSpan(firstLabel, ids.length)), List.of(image)),
        List.of(patches(value, 1, 2, 2)));
  }

  private static PixelPatches patches(float value, int t, int h, int w) {
    float[] rows = new float[t * h * w * 2];
    Arrays.fill(rows, value);
    return new PixelPatches(rows, new PatchGrid(t, h, w));
  }

  private static long[] row(HostBatch batch, long[] cells, int row) {
    return Arrays.copyOfRange(cells, row * batch.columns(), (row + 1) * batch.columns());
  }
}
