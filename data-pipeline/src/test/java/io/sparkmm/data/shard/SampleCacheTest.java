package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SampleCacheTest {
  private static EncodedSample sample(int number, Optional<byte[]> picture) {
    EncodedImage image = new EncodedImage("ä/" + number, picture, 427, 640, 1, 28, 36);
    int[] ids = new int[400];
    Arrays.fill(ids, 0, 252, 151655);
    Random random = new Random(number);
    for (int i = 252; i < ids.length; i++) {
      ids[i] = random.nextInt(151643);
    }
    return new EncodedSample("s#" + number, ids, List.of(new LabelSpan(300, 400)), List.of(image));
  }

  private static SampleBlock block(int first, int count, Optional<byte[]> picture) {
    SampleBlock.Builder builder = new SampleBlock.Builder(count);
    for (int i = 0; i < count; i++) {
      builder.add(sample(first + i, picture));
    }
    return builder.build();
  }

  private static SampleCache.Key key(int group) {
    return new SampleCache.Key("train/part-00000.parquet", group);
  }

  private static String text(EncodedSample sample) {
    return sample.id()
        + Arrays.toString(sample.inputIds())
        + sample.labelSpans()
        + sample.images().stream()
            .map(i -> i.path() + i.height() + i.width() + i.gridH() + i.gridW())
            .toList()
        + sample.images().stream().map(i -> Arrays.toString(i.bytes().orElse(null))).toList()
        + sample.rejected().map(r -> Arrays.toString(r.inputIds()) + r.labelSpans())
        + sample.segments();
  }

  @Test
  void groupsThatMemoryHasNoRoomForAreReadFromDisk() throws IOException {
    SampleBlock one = block(0, 10, Optional.empty());
    try (SampleCache cache = new SampleCache(2 * one.bytes() + 50)) {
      for (int group = 0; group < 6; group++) {
        cache.put(key(group), block(10 * group, 10, Optional.empty()));
      }
      for (int number = 0; number < 60; number++) {
        assertThat(text(cache.find(key(number / 10), number % 10).orElseThrow()))
            .isEqualTo(text(sample(number, Optional.empty())));
      }
      assertThat(cache.find(key(6), 0)).isEmpty();
    }
  }

  @Test
  void groupsWithPicturesAreForgottenBeginningWithTheOneUsedLongestAgo() throws IOException {
    Optional<byte[]> picture = Optional.of(new byte[5000]);
    SampleBlock one = block(0, 4, picture);
    try (SampleCache cache = new SampleCache(2 * one.bytes() + 50)) {
      cache.put(key(0), one);
      cache.put(key(1), block(4, 4, picture));
      assertThat(cache.find(key(0), 3)).isPresent();
      cache.put(key(2), block(8, 4, picture));

      assertThat(cache.find(key(0), 0)).isPresent();
      assertThat(cache.find(key(1), 0)).isEmpty();
      assertThat(text(cache.find(key(2), 1).orElseThrow())).isEqualTo(text(sample(9, picture)));
    }
  }

  @Test
  void aCacheOfNothingKeepsNothing() throws IOException {
    try (SampleCache cache = new SampleCache(0)) {
      cache.put(key(0), block(0, 2, Optional.empty()));
      assertThat(cache.find(key(0), 0)).isEmpty();
    }
  }

  @Test
  void aSampleTakesFewBytes() {
    // 148 random ids below 2^18 need 3 bytes at most, a run of 252 equal ones 5.
    assertThat(block(0, 100, Optional.empty()).bytes()).isLessThan(100 * (148 * 3 + 60));
  }

  @Property(seed = "1", tries = 200)
  void pairsAndPackedRowsComeBackAsTheyWere(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = -5) Integer> ids,
      @ForAll @IntRange(min = 0, max = 40) int labels,
      @ForAll boolean packed) {
    int[] values = ids.stream().mapToInt(Integer::intValue).toArray();
    List<LabelSpan> spans = new ArrayList<>();
    if (labels < values.length) {
      spans.add(new LabelSpan(labels, values.length));
    }
    TokenRow row = new TokenRow(values, spans);
    EncodedSample sample =
        packed
            ? new EncodedSample(
                "p#1",
                row,
                List.of(),
                Optional.empty(),
                List.of(new PackedSegment("p#1", values.length, 0)))
            : new EncodedSample("p#1", row, List.of(), Optional.of(row), List.of());
    SampleBlock.Builder builder = new SampleBlock.Builder(2);
    builder.add(sample(0, Optional.of(new byte[] {1, -2})));
    builder.add(sample);
    SampleBlock block = builder.build();

    assertThat(text(block.sample(1))).isEqualTo(text(sample));
    assertThat(block.sample(0).images().get(0).bytes().orElseThrow()).containsExactly(1, -2);
    assertThat(block.hasPictures()).isTrue();
  }
}
