package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.data.image.PatchGrid;
import io.sparkmm.data.image.PixelPatches;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.train.input.Collator;
import io.sparkmm.train.input.CollatorSettings;
import io.sparkmm.train.input.DecodedSample;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.input.RowSegments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares batches with those of LLaMA-Factory, positions with those of transformers. */
class CollationReferenceTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PAD = 151643;
  private static final Qwen2VlTokens TOKENS = Qwen2VlTokens.published();

  static Stream<JsonNode> cases() throws IOException {
    return Files.readAllLines(Path.of("src/test/golden/collation.jsonl")).stream()
        .map(CollationReferenceTest::parse);
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheReference(JsonNode reference) {
    HostBatch batch = collate(reference);

    assertThat(batch.columns()).isEqualTo(reference.get("columns").intValue());
    assertThat(batch.inputIds()).containsExactly(ids(reference.get("ids")));
    assertThat(batch.labels()).containsExactly(runs(reference.get("labels")));
    assertThat(batch.imageGrids().stream().map(Arrays::toString).toList().toString())
        .isEqualTo(reference.get("grids").toString().replace(",", ", "));
    RopeIndex positions =
        RopeIndex.of(
            batch,
            new RopeIndex.Media(
                batch.imageGrids().stream().map(Grid::of).toList(), List.of(), TOKENS, 2));
    boolean neat = reference.get("neat").booleanValue();
    if (neat) {
      assertThat(firstKeys(batch)).containsExactly(runs(reference.get("first_key")));
    } else {
      assertThat(batch.attentionMask()).containsExactly(runs(reference.get("attention")));
    }
    for (int axis = 0; axis < 3; axis++) {
      long[] expected = steps(reference.get("positions").get(axis));
      long[] actual = positions.axis(axis);
      for (int cell = 0; cell < expected.length; cell++) {
        // The padding of packed rows has other positions, which nothing depends on.
        if (!neat || batch.attentionMask()[cell] == 1) {
          assertThat(actual[cell]).as("axis %s, cell %s", axis, cell).isEqualTo(expected[cell]);
        }
      }
    }
  }

  private static HostBatch collate(JsonNode reference) {
    List<DecodedSample> samples = new ArrayList<>();
    for (JsonNode sample : reference.get("samples")) {
      samples.add(sample(sample, "s" + samples.size()));
    }
    CollatorSettings settings =
        new CollatorSettings(
            new CollatorSettings.Padding(PAD, reference.get("pad_label").intValue(), 8),
            new CollatorSettings.PictureTokens(151652, 151655, 151653),
            2,
            reference.get("neat").booleanValue());
    return new Collator(settings, patches(new PatchGrid(1, 4, 4))).collate(samples);
  }

  private static DecodedSample sample(JsonNode sample, String id) {
    List<EncodedImage> images = new ArrayList<>();
    List<PixelPatches> pictures = new ArrayList<>();
    for (JsonNode grid : sample.get("grids")) {
      PatchGrid size =
          new PatchGrid(grid.get(0).intValue(), grid.get(1).intValue(), grid.get(2).intValue());
      images.add(new EncodedImage("p", Optional.empty(), 1, 1, size.t(), size.h(), size.w()));
      pictures.add(patches(size));
    }
    List<PackedSegment> segments = new ArrayList<>();
    for (JsonNode segment : sample.path("segments")) {
      segments.add(
          new PackedSegment(
              id + segments.size(), segment.get(0).intValue(), segment.get(1).intValue()));
    }
    Optional<TokenRow> rejected =
        sample.has("rejected_ids")
            ? Optional.of(row(sample.get("rejected_ids"), sample.get("rejected_spans")))
            : Optional.empty();
    TokenRow row = row(sample.get("ids"), sample.get("spans"));
    return new DecodedSample(new EncodedSample(id, row, images, rejected, segments), pictures);
  }

  private static TokenRow row(JsonNode ids, JsonNode spans) {
    List<LabelSpan> labels = new ArrayList<>();
    spans.forEach(
        span -> labels.add(new LabelSpan(span.get(0).intValue(), span.get(1).intValue())));
    int[] values = new int[ids.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = ids.get(i).intValue();
    }
    return new TokenRow(values, labels);
  }

  private static PixelPatches patches(PatchGrid grid) {
    return new PixelPatches(new float[grid.t() * grid.h() * grid.w()], grid);
  }

  /** Per query the first cell of its record in its row; -1 for padding. */
  private static long[] firstKeys(HostBatch batch) {
    RowSegments segments = batch.segments().orElseThrow();
    assertThat(segments.isolated()).isTrue();
    long[] keys = new long[segments.numbers().length];
    for (int cell = 0; cell < keys.length; cell++) {
      int first = cell / batch.columns() * batch.columns();
      int key = first;
      while (segments.numbers()[key] != segments.numbers()[cell]) {
        key++;
      }
      keys[cell] = segments.numbers()[cell] == 0 ? -1 : key - first;
    }
    return keys;
  }

  private static long[] ids(JsonNode rows) {
    List<Long> ids = new ArrayList<>();
    for (JsonNode row : rows) {
      for (JsonNode id : row) {
        int times = id.intValue() < 0 ? -id.intValue() : 1;
        long value = id.intValue() < 0 ? ids.get(ids.size() - 1) : id.longValue();
        for (int i = 0; i < times; i++) {
          ids.add(value);
        }
      }
    }
    return ids.stream().mapToLong(Long::longValue).toArray();
  }

  private static long[] runs(JsonNode rows) {
    return expand(rows, 0);
  }

  private static long[] steps(JsonNode rows) {
    return expand(rows, 1);
  }

  private static long[] expand(JsonNode rows, int step) {
    List<Long> values = new ArrayList<>();
    for (JsonNode row : rows) {
      for (JsonNode run : row) {
        for (int i = 0; i < run.get(1).intValue(); i++) {
          values.add(run.get(0).longValue() + (long) step * i);
        }
      }
    }
    return values.stream().mapToLong(Long::longValue).toArray();
  }
}
