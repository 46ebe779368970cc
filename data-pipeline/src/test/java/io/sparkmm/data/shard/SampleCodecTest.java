package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SampleCodecTest {
  private static final TokenRow ROW =
      new TokenRow(new int[] {1, -2, 300_000, 4}, List.of(new LabelSpan(1, 2)));

  private static void comesBack(EncodedSample sample) {
    EncodedSample read = SampleCodec.decode(SampleCodec.encode(sample));
    assertThat(read).usingRecursiveComparison().isEqualTo(sample);
  }

  @Test
  void samplesOfAllKindsComeBack() {
    EncodedImage plain = new EncodedImage("\u00fc/a.png", Optional.empty(), 56, 84, 1, 4, 6);
    EncodedImage embedded =
        new EncodedImage("b.png", Optional.of(new byte[] {0, -1, 7}), 56, 56, 1, 4, 4);
    List<EncodedImage> images = List.of(plain, embedded);
    comesBack(new EncodedSample("a#1", ROW, List.of(), Optional.empty(), List.of()));
    comesBack(new EncodedSample("\u4e2d#1", ROW, images, Optional.empty(), List.of()));
    comesBack(new EncodedSample("a#2", ROW, images, Optional.of(ROW), List.of()));
    comesBack(
        new EncodedSample(
            "a#3",
            ROW,
            images,
            Optional.empty(),
            List.of(new PackedSegment("a#3", 1, 2), new PackedSegment("a#4", 3, 0))));
  }
}
