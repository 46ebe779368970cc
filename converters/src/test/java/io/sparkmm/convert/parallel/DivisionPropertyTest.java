package io.sparkmm.convert.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class DivisionPropertyTest {

  private static Path folder;
  private static Numbered numbers;

  record Case(ParallelLayout layout, int experts) {

    int text() {
      return sum(layout.llmLayers());
    }

    int vision() {
      return sum(layout.vitLayers());
    }

    private static int sum(List<List<Integer>> lists) {
      return StageMap.flat(lists).stream().mapToInt(Integer::intValue).sum();
    }

    Division division() {
      return new Division(
          Pipeline.of(layout, List.of(TinyModel.VISION, TinyModel.TEXT)),
          TensorParallel.of(layout),
          TinyModel.TABLE,
          new ExpertParallel(layout.ep(), experts));
    }
  }

  @BeforeContainer
  static void writeNumbers() throws IOException {
    folder = Files.createTempDirectory("divisions");
    numbers = Numbered.in(folder);
  }

  @AfterContainer
  static void removeNumbers() throws IOException {
    Files.delete(folder.resolve("numbers"));
    Files.delete(folder);
  }

  @Property(seed = "1", tries = 25, edgeCases = EdgeCasesMode.NONE)
  void whatIsDividedCanBePutTogetherAgain(@ForAll("cases") Case given) {
    Map<String, TensorView> model =
        TinyModel.tensors(numbers, given.text(), given.vision(), given.experts());
    Division division = given.division();

    Map<String, TensorView> joined = Assembly.join(division, division.divide(model), true);

    assertThat(joined.keySet()).containsExactlyInAnyOrderElementsOf(model.keySet());
    model.forEach(
        (key, view) -> {
          assertThat(joined.get(key).shape()).as(key).isEqualTo(view.shape());
          assertThat(Numbered.values(joined.get(key))).as(key).isEqualTo(Numbered.values(view));
        });
  }

  @Property(seed = "1", tries = 25, edgeCases = EdgeCasesMode.NONE)
  void everyTensorIsOnAsManyStagesAsTheLayoutRepeatsIt(@ForAll("cases") Case given) {
    Pipeline pipeline = given.division().pipeline();
    int visionStages = StageMap.flat(given.layout().vitLayers()).size();

    for (String key :
        TinyModel.tensors(numbers, given.text(), given.vision(), given.experts()).keySet()) {
      boolean vision = Modality.of(key).orElseThrow() == Modality.VISION;
      assertThat(pipeline.places(key))
          .as(key)
          .hasSize(vision ? pipeline.stages() / visionStages : 1);
    }
  }

  @Property(seed = "1", tries = 25, edgeCases = EdgeCasesMode.NONE)
  void stagesFollowTheOrderOfLayers(@ForAll("cases") Case given) {
    Division division = given.division();
    SortedMap<Rank, List<Map<String, TensorView>>> parts =
        division.divide(TinyModel.tensors(numbers, given.text(), given.vision(), given.experts()));
    int devices = division.pipeline().devices();
    List<Integer> found = new ArrayList<>();
    for (int stage = 0; stage < division.pipeline().stages(); stage++) {
      Map<String, TensorView> model =
          parts.get(new Rank(0, stage % devices, 0)).get(stage / devices);
      found.add(
          (int)
              model.keySet().stream()
                  .filter(key -> key.startsWith(TinyModel.TEXT.layers()))
                  .filter(key -> key.endsWith("input_layernorm.weight"))
                  .count());
    }

    assertThat(found).isEqualTo(StageMap.flat(given.layout().llmLayers()));
  }

  @Provide
  Arbitrary<Case> cases() {
    Arbitrary<Integer> devices = Arbitraries.integers().between(1, 4);
    Arbitrary<Integer> stages = Arbitraries.integers().between(1, 3);
    Arbitrary<Integer> size = Arbitraries.of(1, 2, 4);
    return Combinators.combine(
            devices, stages, size, Arbitraries.of(0, 1, 2, 4), Arbitraries.of(1, 2))
        .as(DivisionPropertyTest::layouts)
        .flatMap(layouts -> layouts);
  }

  private static Arbitrary<Case> layouts(int devices, int stages, int tp, int vitTp, int ep) {
    Arbitrary<Integer> count = Arbitraries.integers().between(0, 3);
    Arbitrary<List<List<Integer>>> text = count.list().ofSize(devices).list().ofSize(stages);
    int all = devices * stages;
    List<Integer> lengths = new ArrayList<>();
    for (int length = 1; length <= all; length++) {
      if (all % length == 0) {
        lengths.add(length);
      }
    }
    Arbitrary<List<List<Integer>>> vision =
        Arbitraries.of(lengths).flatMap(n -> count.list().ofSize(n)).map(List::of);
    return Combinators.combine(
            text.filter(DivisionPropertyTest::any), vision.filter(DivisionPropertyTest::any))
        .as((t, v) -> new Case(TinyModel.layout(t, v, tp, vitTp, ep), ep == 1 ? 0 : 4));
  }

  private static boolean any(List<List<Integer>> lists) {
    return StageMap.flat(lists).stream().anyMatch(count -> count > 0);
  }
}
