package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.HostTensors;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Properties that need no reference values. */
class Qwen2VlModelTest {
  private static final String ROW0 = "5 6 7 150 151x6 153 8 9 10 11";
  private static final String ROW1 = "12 150 151x2 153 13 14 15";
  private static final int[] GRID0 = {1, 4, 6};
  private static final int[] GRID1 = {1, 2, 4};

  private TensorScope scope;

  @BeforeEach
  void openScope() {
    scope = TensorScope.open();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  @Test
  void batchOfTwoEqualsTwoSingleRuns() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    HostBatch both = TinyModels.host(List.of(GRID0, GRID1), ROW0, ROW1);
    Tensor logits = model.logits(on(both));
    HostBatch first = TinyModels.host(List.of(GRID0), ROW0);
    HostBatch second =
        withPixels(TinyModels.host(List.of(GRID1), ROW1), tail(both.pixelValues(), 8 * 96));
    assertClose(logits.select(0, 0), model.logits(on(first)).select(0, 0), 1e-5);
    assertClose(logits.select(0, 1).narrow(0, 0, 8), model.logits(on(second)).select(0, 0), 1e-5);
  }

  @Test
  void paddingOnEitherSideChangesNothingAtRealTokens() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    List<int[]> grids = List.of(GRID0, GRID1);
    Tensor right = model.logits(on(TinyModels.host(grids, false, ROW0, ROW1)));
    Tensor left = model.logits(on(TinyModels.host(grids, true, ROW0, ROW1)));
    assertClose(right.select(0, 0), left.select(0, 0), 1e-5);
    assertClose(right.select(0, 1).narrow(0, 0, 8), left.select(0, 1).narrow(0, 7, 8), 1e-5);
  }

  @Test
  void paddedIdsHaveNoInfluenceOnRealTokensLossOrGradients() {
    for (boolean padLeft : new boolean[] {false, true}) {
      HostBatch clean =
          TinyModels.host(List.of(GRID0, GRID1), padLeft, ROW0, "7 150 151x2 153 13 14 15");
      long[] ids = clean.inputIds().clone();
      for (int i = 0; i < ids.length; i++) {
        ids[i] = clean.attentionMask()[i] == 1 ? ids[i] : 140 + i % 20;
      }
      HostBatch poisoned =
          new HostBatch(
              clean.rows(),
              clean.columns(),
              ids,
              clean.attentionMask(),
              clean.labels(),
              clean.pixelValues(),
              clean.imageGrids(),
              clean.sampleIds());
      Map<String, double[]> expected = gradients(TinyModels.model(ScalarType.Float), clean);
      Map<String, double[]> actual = gradients(TinyModels.model(ScalarType.Float), poisoned);
      expected.forEach(
          (name, values) ->
              assertThat(actual.get(name)).as(name).containsExactly(values, within(1e-6)));
    }
  }

  @Test
  void picturesAreIndependentOfEachOtherAndOfTheirOrder() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    Tensor pixels = HostTensors.of(TinyModels.pixels(7, List.of(GRID0, GRID1, GRID0)), 56, 96);
    List<Grid> grids = List.of(Grid.of(GRID0), Grid.of(GRID1), Grid.of(GRID0));
    Tensor together = model.visionTokens(pixels, grids);
    assertThat(together.size(0)).isEqualTo(14);
    assertClose(
        together.narrow(0, 0, 6),
        model.visionTokens(pixels.narrow(0, 0, 24), List.of(Grid.of(GRID0))),
        1e-5);
    assertClose(
        together.narrow(0, 6, 2),
        model.visionTokens(pixels.narrow(0, 24, 8), List.of(Grid.of(GRID1))),
        1e-5);
    assertClose(
        together.narrow(0, 8, 6),
        model.visionTokens(pixels.narrow(0, 32, 24), List.of(Grid.of(GRID0))),
        1e-5);
  }

  @Test
  void frameOfAVideoEqualsTheSameFrameAsAPicture() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    Tensor pixels = HostTensors.of(TinyModels.pixels(8, List.of(new int[] {3, 2, 4})), 24, 96);
    Tensor clip = model.visionTokens(pixels, List.of(new Grid(3, 2, 4)));
    for (int frame = 0; frame < 3; frame++) {
      assertClose(
          clip.narrow(0, frame * 2L, 2),
          model.visionTokens(pixels.narrow(0, frame * 8L, 8), List.of(new Grid(1, 2, 4))),
          1e-5);
    }
  }

  @Test
  void textAloneIsIndependentOfTheSections() {
    ObjectNode json = TinyModels.json("qwen2vl.json").deepCopy();
    ((ObjectNode) json.get("rope_scaling")).putArray("mrope_section").add(4).add(0).add(0);
    Qwen2VlModel plain = TinyModels.model(Qwen2VlConfigParser.fromHfJson(json), ScalarType.Float);
    Qwen2VlModel sections = TinyModels.model(ScalarType.Float);
    Batch batch = TinyModels.batch(ScalarType.Float, List.of(), "5 6 7 8 9 10");
    assertClose(plain.logits(batch), sections.logits(batch), 0);
  }

  @Test
  void textAloneGivesTheTowerZeroGradients() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    Map<String, double[]> gradients =
        gradients(model, TinyModels.host(List.of(), "5 6 7 8 9 10", "11 12"));
    model
        .namedParameters()
        .keySet()
        .forEach(
            name -> {
              boolean zero = Arrays.stream(gradients.get(name)).allMatch(g -> g == 0);
              assertThat(zero).as(name).isEqualTo(name.startsWith("visual."));
            });
  }

  @Test
  void analyticGradientsEqualCentralDifferences() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Double);
    HostBatch host = TinyModels.host(List.of(GRID1), "7 150 151x2 153 13 14 15");
    Map<String, double[]> gradients = gradients(model, host);
    Batch batch = Batch.of(host, TinyModels.cpu(), ScalarType.Double);
    Random random = new Random(11);
    double step = 1e-5;
    for (Map.Entry<String, Parameter> entry : model.namedParameters().entrySet()) {
      if (entry.getKey().contains(".1.")) {
        continue; // second blocks and layers: the same kinds of tensors again
      }
      double[] analytic = gradients.get(entry.getKey());
      double largest = Arrays.stream(analytic).map(Math::abs).max().orElseThrow();
      DoublePointer memory = new DoublePointer(entry.getValue().data().data_ptr());
      for (int i = 0; i < 20; i++) {
        int at = random.nextInt(analytic.length);
        double value = memory.get(at);
        memory.put(at, value + step);
        double above = loss(model, batch);
        memory.put(at, value - step);
        double below = loss(model, batch);
        memory.put(at, value);
        assertThat((above - below) / (2 * step))
            .as("%s[%d]", entry.getKey(), at)
            .isCloseTo(analytic[at], within(1e-6 * Math.max(largest, 1e-2)));
      }
    }
  }

  @Test
  void gradientOfATiedTableIsTheSumOfBothUses() {
    ObjectNode json = TinyModels.json("qwen2vl.json").deepCopy();
    Qwen2VlModel tied =
        TinyModels.model(
            Qwen2VlConfigParser.fromHfJson(json.put("tie_word_embeddings", true)),
            ScalarType.Double);
    Qwen2VlModel untied =
        new Qwen2VlModel(Qwen2VlConfigParser.fromHfJson(json.put("tie_word_embeddings", false)));
    Map<String, Parameter> source = tied.namedParameters();
    assertThat(source).doesNotContainKey("lm_head.weight");
    untied
        .namedParameters()
        .forEach(
            (name, parameter) ->
                parameter.setData(
                    source
                        .getOrDefault(name, source.get("model.embed_tokens.weight"))
                        .data()
                        .detach()
                        .clone()));
    HostBatch host = TinyModels.host(List.of(GRID0, GRID1), ROW0, ROW1);
    double[] sum = gradients(tied, host).get("model.embed_tokens.weight");
    Map<String, double[]> parts = gradients(untied, host);
    double[] embedding = parts.get("model.embed_tokens.weight");
    double[] head = parts.get("lm_head.weight");
    for (int i = 0; i < sum.length; i++) {
      assertThat(sum[i]).isCloseTo(embedding[i] + head[i], within(1e-12));
    }
  }

  @Test
  void paddingRowOfTheTableGetsNoGradient() {
    ObjectNode json = TinyModels.json("qwen2vl.json").deepCopy();
    HostBatch host = TinyModels.host(List.of(), "8 9 10 11 12 9 13");
    double[] with =
        gradients(
                TinyModels.model(
                    Qwen2VlConfigParser.fromHfJson(json.put("pad_token_id", 9)), ScalarType.Float),
                host)
            .get("model.embed_tokens.weight");
    double[] without =
        gradients(TinyModels.model(ScalarType.Float), host).get("model.embed_tokens.weight");
    assertThat(Arrays.copyOfRange(with, 9 * 32, 10 * 32)).containsOnly(0);
    assertThat(Arrays.copyOfRange(without, 9 * 32, 10 * 32)).doesNotContain(0);
    assertThat(Arrays.copyOfRange(with, 0, 9 * 32))
        .isEqualTo(Arrays.copyOfRange(without, 0, 9 * 32));
  }

  @Test
  void partsCoverAllParametersOnce() {
    Qwen2VlModel model = new Qwen2VlModel(TinyModels.config());
    List<String> paths = model.parts().values().stream().flatMap(List::stream).toList();
    assertThat(paths).allMatch(path -> model.find(path).isPresent());
    for (String name : model.namedParameters().keySet()) {
      assertThat(paths).as(name).filteredOn(path -> name.startsWith(path + ".")).hasSize(1);
    }
  }

  @Test
  void frozenParametersGetNoGradientAndFrozenTowerNoGraph() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    model
        .namedParameters()
        .forEach(
            (name, parameter) -> {
              if (name.startsWith("visual.")) {
                parameter.freeze();
              }
            });
    Batch batch = TinyModels.batch(ScalarType.Float, List.of(GRID0), ROW0);
    assertThat(
            model
                .visionTokens(batch.pixelValues().orElseThrow(), List.of(Grid.of(GRID0)))
                .requires_grad())
        .isFalse();
    CausalLmLoss.mean(model.forward(batch)).backward();
    model
        .namedParameters()
        .forEach(
            (name, parameter) ->
                assertThat(parameter.grad().isPresent())
                    .as(name)
                    .isEqualTo(!name.startsWith("visual.")));
  }

  @Test
  void targetLogitsAreTheRowsOfAllLogits() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    Batch batch = TinyModels.batch(ScalarType.Float, List.of(GRID0, GRID1), ROW0, ROW1);
    Tensor all = model.logits(batch);
    var output = model.forward(batch);
    assertThat(HostTensors.longs(output.targets())).containsExactly(8, 9, 10, 11, 13, 14, 15);
    assertThat(HostTensors.longs(output.rows())).containsExactly(0, 0, 0, 0, 1, 1, 1);
    assertThat(output.batchRows()).isEqualTo(2);
    assertClose(output.logits().select(0, 0), all.select(0, 0).select(0, 10), 1e-6);
    assertClose(output.logits().select(0, 6), all.select(0, 1).select(0, 6), 1e-6);
  }

  @Test
  void everyModuleRunsThroughItsInterceptors() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    Set<String> called = new HashSet<>();
    model
        .namedModules()
        .forEach(
            (path, module) ->
                module.intercept(
                    (self, inputs, next) -> {
                      called.add(path);
                      return next.apply(inputs);
                    }));
    model.forward(TinyModels.batch(ScalarType.Float, List.of(GRID0), ROW0));
    Set<String> expected = new HashSet<>(model.namedModules().keySet());
    expected.removeIf(path -> model.find(path).map(module -> module.isList()).orElse(false));
    assertThat(called).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void halfPrecisionStaysCloseToSingle() {
    Batch batch = TinyModels.batch(ScalarType.Float, List.of(GRID0, GRID1), ROW0, ROW1);
    Tensor single = model(ScalarType.Float, batch);
    Tensor half = model(ScalarType.BFloat16, batch);
    assertThat(half.item_double())
        .isCloseTo(single.item_double(), within(2e-2 * single.item_double()));
  }

  private static Tensor model(ScalarType type, Batch batch) {
    return CausalLmLoss.mean(TinyModels.model(type).forward(batch));
  }

  @Test
  void rejectsPlaceholdersThatDoNotFitTheGrids() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    Batch batch = TinyModels.batch(ScalarType.Float, List.of(GRID0), ROW0, ROW1);
    assertThatThrownBy(() -> model.forward(batch))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Cannot run samples [sample-0, sample-1]: 1 picture grids [(1,4,6)] give 6 vision"
                + " tokens, the text has 8 placeholders, by row [6, 2]");
  }

  @Test
  void rejectsGridsThatCannotBeMerged() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    Batch batch = TinyModels.batch(ScalarType.Float, List.of(new int[] {1, 3, 4}), ROW0);
    assertThatThrownBy(() -> model.forward(batch))
        .hasMessageContaining("picture grid (1,3,4)")
        .hasMessageContaining("multiples of 2");
  }

  @Test
  void rejectsIdsOutsideTheVocabulary() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    Batch batch = TinyModels.batch(ScalarType.Float, List.of(), "5 6", "7 160");
    assertThatThrownBy(() -> model.forward(batch))
        .hasMessageContaining("Cannot run sample sample-1: token id 160")
        .hasMessageContaining("outside the vocabulary of 160");
  }

  @Test
  void rejectsPatchesOfAnotherSize() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    HostBatch host = withPixels(TinyModels.host(List.of(GRID0), ROW0), new float[24 * 48]);
    assertThatThrownBy(() -> model.forward(on(host)))
        .hasMessageContaining("a patch has 48 values, the model wants 96");
  }

  @Test
  void rejectsPixelsThatAreNotWholePatches() {
    HostBatch host = withPixels(TinyModels.host(List.of(GRID0), ROW0), new float[25]);
    assertThatThrownBy(() -> on(host))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("25 pixel values for 24 patches");
  }

  @Test
  void rejectsAVideoWithoutItsGrid() {
    Qwen2VlModel model = TinyModels.model(ScalarType.Float);
    Batch batch = TinyModels.batch(ScalarType.Float, List.of(GRID0), ROW0);
    Video video = new Video(Optional.of(HostTensors.of(new float[96], 1, 96)), List.of());
    assertThatThrownBy(() -> model.forward(batch, video))
        .hasMessageContaining("pixels of 25 patches")
        .hasMessageContaining("have 24");
  }

  private static double loss(Qwen2VlModel model, Batch batch) {
    try (TensorScope inner = TensorScope.open();
        NoGradGuard guard = new NoGradGuard()) {
      return CausalLmLoss.mean(model.forward(batch)).item_double();
    }
  }

  private static Map<String, double[]> gradients(Qwen2VlModel model, HostBatch host) {
    ScalarType type =
        model.namedParameters().values().iterator().next().data().scalar_type().intern();
    CausalLmLoss.mean(model.forward(Batch.of(host, TinyModels.cpu(), type))).backward();
    Map<String, double[]> gradients = new TreeMap<>();
    model
        .namedParameters()
        .forEach(
            (name, parameter) ->
                gradients.put(name, HostTensors.doubles(parameter.grad().orElseThrow())));
    return gradients;
  }

  private static Batch on(HostBatch host) {
    return Batch.of(host, TinyModels.cpu(), ScalarType.Float);
  }

  private static HostBatch withPixels(HostBatch host, float[] pixels) {
    return new HostBatch(
        host.rows(),
        host.columns(),
        host.inputIds(),
        host.attentionMask(),
        host.labels(),
        pixels,
        host.imageGrids(),
        host.sampleIds());
  }

  private static float[] tail(float[] values, int count) {
    return Arrays.copyOfRange(values, values.length - count, values.length);
  }

  private static void assertClose(Tensor actual, Tensor expected, double tolerance) {
    assertThat(HostTensors.doubles(actual))
        .containsExactly(HostTensors.doubles(expected), within(tolerance));
  }
}
