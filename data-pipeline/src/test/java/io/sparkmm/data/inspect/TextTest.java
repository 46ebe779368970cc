package io.sparkmm.data.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.data.shard.SampleShape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TextTest {
  private static final TokenRow ROW =
      new TokenRow(new int[] {1, 2, 3}, List.of(new LabelSpan(2, 3)));

  private static String text(EncodedSample sample) {
    return new SampleText(Optional.empty()).of(sample);
  }

  @Test
  void repeatedTokensAreWrittenOnceWithTheirCount() {
    EncodedImage image = new EncodedImage("b.png", Optional.of(new byte[9]), 28, 56, 1, 2, 4);
    EncodedSample sample =
        new EncodedSample(
            "x",
            new int[] {1, 7, 7, 7, 7, 7, 2, 3, 3, 3, 4},
            List.of(new LabelSpan(0, 1), new LabelSpan(6, 11)),
            List.of(image));
    assertThat(text(sample))
        .isEqualTo(
            "x: 11 tokens, 6 supervised\n"
                + "picture b.png: 56x28, grid 1,2,4, embedded, 9 bytes\n"
                + "[[ 1]] 7*5[[ 2 3 3 3 4]]\n");
  }

  @Test
  void pairsHaveBothAnswersAndPackedRowsTheirRecords() {
    TokenRow other = new TokenRow(new int[] {1, 9}, List.of(new LabelSpan(1, 2)));
    assertThat(text(new EncodedSample("p", ROW, List.of(), Optional.of(other), List.of())))
        .isEqualTo(
            "p: 3 tokens, 1 supervised\nchosen:\n 1 2[[ 3]]\n"
                + "rejected: 2 tokens, 1 supervised\n 1[[ 9]]\n");
    List<PackedSegment> segments =
        List.of(new PackedSegment("a#0", 1, 0), new PackedSegment("b#1", 2, 0));
    assertThat(text(new EncodedSample("a#0", ROW, List.of(), Optional.empty(), segments)))
        .isEqualTo(
            "a#0: 3 tokens, 1 supervised\nrecord a#0: tokens 0 to 0, pictures 0\n"
                + "record b#1: tokens 1 to 2, pictures 0\n 1 2[[ 3]]\n");
  }

  @Test
  void statisticsHaveABarForEachRange() {
    SplitStatistics statistics = new SplitStatistics();
    for (int length : new int[] {1, 2, 3, 4, 4, 4, 4}) {
      statistics.add(
          new SampleShape(
              "a#0",
              new SampleShape.Row(length, 1),
              Optional.of(new SampleShape.Row(7, 2)),
              List.of(),
              List.of()));
    }
    assertThat(StatisticsText.of(statistics))
        .isEqualTo(
            "tokens per sample: 1 to 4, mean 3.1\n"
                + "        1 -       1          1 ##########\n"
                + "        2 -       2          1 ##########\n"
                + "        3 -       3          1 ##########\n"
                + "        4 -       4          4 ########################################\n"
                + "supervised tokens per sample: 1 to 1, mean 1.0\n"
                + "tokens with the rejected answer: 7 to 7, mean 7.0\n"
                + "supervised tokens of the rejected answer: 2 to 2, mean 2.0\n"
                + "pictures per sample: 0 to 0, mean 0.0\n");
    assertThat(StatisticsText.of(new SplitStatistics())).isEmpty();
  }
}
