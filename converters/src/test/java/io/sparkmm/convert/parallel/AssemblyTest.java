package io.sparkmm.convert.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AssemblyTest {

  private static final String HEAD = "text_decoder.output_layer.weight";
  private static final String NORM = "text_decoder.decoder.final_layernorm.weight";

  private Numbered numbers;

  @BeforeAll
  void writeNumbers(@TempDir Path folder) {
    numbers = Numbered.in(folder);
  }

  private static Division division(
      List<List<Integer>> text, List<List<Integer>> vision, int tp, int vitTp, int ep) {
    ParallelLayout layout = TinyModel.layout(text, vision, tp, vitTp, ep);
    return new Division(
        Pipeline.of(layout, List.of(TinyModel.VISION, TinyModel.TEXT)),
        TensorParallel.of(layout),
        TinyModel.TABLE,
        new ExpertParallel(ep, ep == 1 ? 0 : 4));
  }

  private static List<String> problems(
      Division division, SortedMap<Rank, List<Map<String, TensorView>>> parts) {
    List<String> problems = new ArrayList<>();
    assertThatThrownBy(() -> Assembly.join(division, parts, true))
        .isInstanceOfSatisfying(
            ConvertException.class, failure -> problems.addAll(failure.problems()));
    return problems;
  }

  @Test
  void ranksMustHoldTheSameTensors() {
    Division division = division(List.of(List.of(1)), List.of(List.of(1)), 2, 0, 1);
    SortedMap<Rank, List<Map<String, TensorView>>> parts =
        division.divide(TinyModel.tensors(numbers, 1, 1, 0));
    parts.get(new Rank(0, 0, 0)).get(0).remove(NORM);
    parts.get(new Rank(1, 0, 0)).get(0).remove(HEAD);

    assertThat(problems(division, parts))
        .containsExactly(
            "tp rank 1 lacks " + HEAD + ", tp rank 0 has it",
            "tp rank 1 has " + NORM + ", tp rank 0 lacks it");
  }

  @Test
  void slicesMustFitTogether() {
    Division division = division(List.of(List.of(1)), List.of(List.of(1)), 2, 0, 1);
    SortedMap<Rank, List<Map<String, TensorView>>> parts =
        division.divide(TinyModel.tensors(numbers, 1, 1, 0));
    parts.get(new Rank(1, 0, 0)).get(0).put(HEAD, numbers.tensor(1, 2));
    parts.get(new Rank(1, 0, 0)).get(0).put(NORM, numbers.tensor(7));

    assertThat(problems(division, parts))
        .containsExactly(
            "Cannot merge "
                + NORM
                + " over tensor parallel ranks: rank 0 has I64 [2], rank 1 has I64 [7]",
            "Cannot merge "
                + HEAD
                + " over tensor parallel ranks: rank 0 has I64 [2, 2], rank 1 has I64 [1, 2]");
  }

  @Test
  void copiesOfRepeatedStagesMustHaveOneShape() {
    Division division = division(List.of(List.of(1, 1)), List.of(List.of(1)), 1, 0, 1);
    SortedMap<Rank, List<Map<String, TensorView>>> parts =
        division.divide(TinyModel.tensors(numbers, 2, 1, 0));
    String projector = "image_encoder.projector.layernorm.weight";
    parts.get(new Rank(0, 1, 0)).get(0).put(projector, numbers.tensor(5));

    assertThat(problems(division, parts))
        .containsExactly(
            "tp rank 0, pp rank 1, ep rank 0 holds "
                + projector
                + " as I64 [5], another stage as I64 [2]");
  }

  @Test
  void layersMustBeWhereTheLayoutPutsThem() {
    Division given = division(List.of(List.of(3, 1)), List.of(List.of(2, 0)), 1, 0, 1);
    Division told = division(List.of(List.of(2, 2)), List.of(List.of(2, 0)), 1, 0, 1);

    assertThat(problems(told, given.divide(TinyModel.tensors(numbers, 4, 2, 0))))
        .containsExactly(
            "tp rank 0, pp rank 0, ep rank 0 holds layers [0, 1, 2] of text_decoder.*, but"
                + " llm_pp_layers gives it layers 0 to 1",
            "tp rank 0, pp rank 1, ep rank 0 holds layers [0] of text_decoder.*, but llm_pp_layers"
                + " gives it layers 0 to 1");
  }

  @Test
  void adaptersNeedNotBeOnEveryLayer() {
    Division division = division(List.of(List.of(2)), List.of(List.of(1)), 1, 0, 1);
    String key = "text_decoder.decoder.layers.1.mlp.linear_fc2.weight";

    assertThat(Assembly.join(division, division.divide(Map.of(key, numbers.tensor(2, 4))), false))
        .containsOnlyKeys(key);
  }

  @Test
  void aCheckpointWithoutLanguageModelIsWholeToo() {
    Division division = division(List.of(List.of(2)), List.of(List.of(1)), 1, 0, 1);
    Map<String, TensorView> vision = new LinkedHashMap<>(TinyModel.tensors(numbers, 2, 1, 0));
    vision.keySet().removeIf(key -> key.startsWith("text_decoder."));

    assertThat(Assembly.join(division, division.divide(vision), true))
        .containsOnlyKeys(vision.keySet());
  }

  @Test
  void expertsPastThoseOfARankAreTold() {
    Division given = division(List.of(List.of(1)), List.of(List.of(1)), 1, 0, 1);
    Division told =
        new Division(given.pipeline(), given.tensors(), given.table(), new ExpertParallel(1, 2));

    assertThat(problems(told, given.divide(TinyModel.tensors(numbers, 1, 1, 3))))
        .containsExactly(
            "tp rank 0, pp rank 0, ep rank 0 holds"
                + " text_decoder.decoder.layers.0.mlp.experts.local_experts.2.linear_fc1.weight,"
                + " but each rank has 2 experts");
  }

  @Test
  void tensorsWithoutAPlaceAreTold() {
    Division division = division(List.of(List.of(1)), List.of(List.of(1)), 1, 0, 1);
    Map<String, TensorView> model = TinyModel.tensors(numbers, 2, 1, 0);
    model.put("lm_head.weight", numbers.tensor(2));

    assertThatThrownBy(() -> division.divide(model))
        .isInstanceOfSatisfying(
            ConvertException.class,
            failure ->
                assertThat(failure.problems())
                    .hasSize(4)
                    .contains(
                        "Cannot place text_decoder.decoder.layers.1.mlp.linear_fc1.weight: no stage"
                            + " of the pipeline takes it, the layers given are 0 to 0",
                        "Cannot place lm_head.weight: no stage of the pipeline takes it"));
  }

  @Test
  void manyProblemsAreToldInShort() {
    Division division = division(List.of(List.of(1)), List.of(List.of(1)), 3, 0, 1);
    Map<String, TensorView> model = new LinkedHashMap<>();
    for (int number = 0; number < 25; number++) {
      model.put("image_encoder.other" + number, numbers.tensor(1));
    }

    assertThatThrownBy(() -> division.divide(model))
        .isInstanceOfSatisfying(
            ConvertException.class,
            failure ->
                assertThat(failure.problems()).hasSize(21).endsWith("and 5 more like these"));
  }

  @Test
  void smallerPartsAreRepeatedOverTheRanks() {
    Division division = division(List.of(List.of(1)), List.of(List.of(1)), 2, 4, 1);
    SortedMap<Rank, List<Map<String, TensorView>>> parts =
        division.divide(TinyModel.tensors(numbers, 1, 1, 0));

    assertThat(parts).hasSize(4);
    for (int rank = 0; rank < 4; rank++) {
      Map<String, TensorView> model = parts.get(new Rank(rank, 0, 0)).get(0);
      assertThat(model.get(HEAD).shape()).containsExactly(2L, 2L);
      assertThat(Numbered.values(model.get(HEAD)))
          .isEqualTo(Numbered.values(parts.get(new Rank(rank % 2, 0, 0)).get(0).get(HEAD)));
      assertThat(model.get("image_encoder.encoder.blocks.layers.0.mlp.linear_fc2.weight").shape())
          .containsExactly(2L, 1L);
    }
  }

  @Test
  void expertsAreNumberedFromZeroOnEachRank() {
    Division division = division(List.of(List.of(1)), List.of(List.of(1)), 1, 0, 2);
    Map<String, TensorView> model = TinyModel.tensors(numbers, 1, 1, 4);
    SortedMap<Rank, List<Map<String, TensorView>>> parts = division.divide(model);
    String experts = "text_decoder.decoder.layers.0.mlp.experts.local_experts.";

    for (int ep = 0; ep < 2; ep++) {
      Map<String, TensorView> rank = parts.get(new Rank(0, 0, ep)).get(0);
      assertThat(rank.keySet().stream().filter(key -> key.startsWith(experts)))
          .containsExactly(experts + "0.linear_fc1.weight", experts + "1.linear_fc1.weight");
      assertThat(rank.get(experts + "1.linear_fc1.weight"))
          .isSameAs(model.get(experts + (2 * ep + 1) + ".linear_fc1.weight"));
      assertThat(rank).containsKey(HEAD);
    }
  }
}
