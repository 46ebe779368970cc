package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.data.encode.RowPacker;
import io.sparkmm.data.image.PatchGrid;
import io.sparkmm.data.image.PixelPatches;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.Collator;
import io.sparkmm.train.input.CollatorSettings;
import io.sparkmm.train.input.DecodedSample;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.torch.HostTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Training on packed rows is training on their records. */
class PackedRowsTest {
  private static final int ROW = 48;
  private static final int PAD = 0;

  private final List<DecodedSample> records =
      List.of(
          record("a", "20 21 150 151x6 153 22 23 24 25", 1, new PatchGrid(1, 4, 6)),
          record("b", "30 31 32 33 34", 1),
          record("c", "150 151x1 153 40 150 151x4 153 41 42", 8, grid(2, 2), grid(4, 4)));

  private static PatchGrid grid(int h, int w) {
    return new PatchGrid(1, h, w);
  }

  /** A record whose tokens from a position on are trained. */
  private static DecodedSample record(String id, String text, int firstLabel, PatchGrid... grids) {
    int[] ids = Arrays.stream(TinyModels.ids(text)).mapToInt(Math::toIntExact).toArray();
    List<EncodedImage> images = new ArrayList<>();
    List<PixelPatches> patches = new ArrayList<>();
    for (PatchGrid grid : grids) {
      images.add(new EncodedImage(id, Optional.empty(), 28, 28, 1, grid.h(), grid.w()));
      int values = grid.h() * grid.w() * TinyModels.PATCH_VALUES;
      patches.add(new PixelPatches(FillRule.floats(id.charAt(0) + grid.h(), values, 1.5), grid));
    }
    LabelSpan span = new LabelSpan(firstLabel, ids.length);
    return new DecodedSample(new EncodedSample(id, ids, List.of(span), images), patches);
  }

  private static Collator collator(boolean neat) {
    PixelPatches blank =
        new PixelPatches(new float[16 * TinyModels.PATCH_VALUES], new PatchGrid(1, 4, 4));
    return new Collator(
        new CollatorSettings(
            new CollatorSettings.Padding(PAD, -100, 8),
            new CollatorSettings.PictureTokens(150, 151, 153),
            2,
            neat),
        blank);
  }

  private DecodedSample packed(List<DecodedSample> parts) {
    List<EncodedSample> rows =
        new RowPacker(ROW, PAD).pack(parts.stream().map(DecodedSample::sample).toList());
    assertThat(rows).hasSize(1);
    Map<String, DecodedSample> byId = new TreeMap<>();
    parts.forEach(part -> byId.put(part.sample().id(), part));
    List<PixelPatches> pictures = new ArrayList<>();
    rows.get(0).segments().forEach(segment -> pictures.addAll(byId.get(segment.id()).pictures()));
    return new DecodedSample(rows.get(0), pictures);
  }

  private static double loss(Qwen2VlModel model, HostBatch host) {
    ModelOutput output = model.forward(Batch.of(host, TinyModels.cpu(), ScalarType.Double));
    return CausalLmLoss.mean(output).item_double();
  }

  private static Map<String, double[]> gradients(Qwen2VlModel model, HostBatch host) {
    Batch batch = Batch.of(host, TinyModels.cpu(), ScalarType.Double);
    CausalLmLoss.mean(model.forward(batch)).backward();
    Map<String, double[]> gradients = new TreeMap<>();
    model
        .namedParameters()
        .forEach(
            (name, parameter) ->
                gradients.put(name, HostTensors.doubles(parameter.grad().orElseThrow())));
    return gradients;
  }

  @Test
  void lossAndGradientsOfANeatRowAreThoseOfItsRecords() {
    HostBatch row = collator(true).collate(List.of(packed(records)));
    HostBatch separate = collator(true).collate(records);
    assertThat(row.targetCount()).isEqualTo(separate.targetCount());
    try (TensorScope scope = TensorScope.open()) {
      Qwen2VlModel model = TinyModels.model(ScalarType.Double);
      assertThat(loss(model, row)).isCloseTo(loss(model, separate), within(1e-12));
      Map<String, double[]> expected = gradients(TinyModels.model(ScalarType.Double), separate);
      Map<String, double[]> actual = gradients(TinyModels.model(ScalarType.Double), row);
      assertThat(actual).hasSameSizeAs(expected);
      expected.forEach(
          (name, values) ->
              assertThat(actual.get(name)).as(name).containsExactly(values, within(1e-12)));
    }
  }

  @Test
  void aPlainRowLooksAcrossItsRecords() {
    HostBatch neat = collator(true).collate(List.of(packed(records)));
    HostBatch plain = collator(false).collate(List.of(packed(records)));
    try (TensorScope scope = TensorScope.open()) {
      Qwen2VlModel model = TinyModels.model(ScalarType.Double);
      assertThat(Math.abs(loss(model, neat) - loss(model, plain))).isGreaterThan(1e-4);
    }
  }

  @Test
  void positionsBeginAnewInEachRecord() {
    DecodedSample row = packed(records);
    for (boolean neat : new boolean[] {true, false}) {
      HostBatch batch = collator(neat).collate(List.of(row));
      RopeIndex positions = RopeIndex.of(batch, media(batch));
      for (int axis = 0; axis < 3; axis++) {
        int at = 0;
        for (var segment : row.sample().segments()) {
          DecodedSample record =
              records.stream()
                  .filter(one -> one.sample().id().equals(segment.id()))
                  .findFirst()
                  .orElseThrow();
          HostBatch alone = collator(neat).collate(List.of(record));
          long[] expected = RopeIndex.of(alone, media(alone)).axis(axis);
          assertThat(Arrays.copyOfRange(positions.axis(axis), at, at + segment.length()))
              .as("record %s, axis %s", segment.id(), axis)
              .containsExactly(Arrays.copyOf(expected, segment.length()));
          at += segment.length();
        }
        assertThat(Arrays.copyOfRange(positions.axis(axis), at, ROW)).containsOnly(neat ? 1 : 0);
      }
    }
  }

  private static RopeIndex.Media media(HostBatch batch) {
    return new RopeIndex.Media(
        batch.imageGrids().stream().map(Grid::of).toList(),
        List.of(),
        TinyModels.config().tokens(),
        2);
  }

  @Test
  void severalRowsKeepTheirPicturesApart() {
    DecodedSample first = packed(records.subList(0, 2));
    DecodedSample second = packed(records.subList(1, 3));
    HostBatch rows = collator(true).collate(List.of(first, second));
    HostBatch separate =
        collator(true)
            .collate(List.of(records.get(0), records.get(1), records.get(1), records.get(2)));
    try (TensorScope scope = TensorScope.open()) {
      Qwen2VlModel model = TinyModels.model(ScalarType.Double);
      assertThat(loss(model, rows)).isCloseTo(loss(model, separate), within(1e-12));
    }
  }

  @Test
  void theBlankPictureOfATextBatchChangesNothing() {
    DecodedSample text = records.get(1);
    HostBatch with = collator(false).collate(List.of(text));
    HostBatch neat = collator(true).collate(List.of(packed(List.of(text))));
    HostBatch without = TinyModels.host(List.of(), "30 31 32 33 34");
    assertThat(with.imageGrids()).hasSize(1);
    assertThat(neat.imageGrids()).hasSize(1);
    try (TensorScope scope = TensorScope.open()) {
      Qwen2VlModel model = TinyModels.model(ScalarType.Double);
      assertThat(loss(model, with)).isCloseTo(loss(model, without), within(1e-12));
      assertThat(loss(model, neat)).isCloseTo(loss(model, without), within(1e-12));
      gradients(TinyModels.model(ScalarType.Double), with)
          .forEach(
              (name, values) -> {
                if (name.startsWith("visual.")) {
                  assertThat(values).as(name).containsOnly(0);
                }
              });
    }
  }
}
