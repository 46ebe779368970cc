package io.sparkmm.convert.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LayoutCheckTest {

  private static final LayoutCheck.Use WRITE = LayoutCheck.Use.writing(false);

  private static LayoutLimits limits(int text, int vision) {
    return new LayoutLimits(
        Map.of(Modality.TEXT, text, Modality.VISION, vision),
        OptionalInt.of(4),
        OptionalInt.of(16),
        OptionalLong.of(152064),
        OptionalInt.of(0));
  }

  private static ParallelLayout layout(List<Integer> text, List<Integer> vision) {
    return TinyModel.layout(List.of(text), List.of(vision), 1, 0, 1);
  }

  private static List<String> problems(ParallelLayout layout, LayoutLimits limits) {
    return LayoutCheck.check(layout, limits, WRITE).problems();
  }

  @Test
  void theLayoutOfADocumentedModelHasNoProblems() {
    LayoutFindings findings =
        LayoutCheck.check(
            layout(List.of(1, 10, 10, 7), List.of(32, 0, 0, 0)), limits(28, 32), WRITE);

    assertThat(findings.problems()).isEmpty();
    assertThat(findings.warnings()).isEmpty();
  }

  @Test
  void sumsMustBeThoseOfTheModel() {
    assertThat(problems(layout(List.of(1, 10, 10, 6), List.of(31, 0, 0, 0)), limits(28, 32)))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers [[1,10,10,6]] has 27 layers in all, but the model has 28"
                + " (config.json)",
            "cfg.parallel_config.vit_pp_layers [[31,0,0,0]] has 31 layers in all, but the model has 32"
                + " (config.json)");
  }

  @Test
  void sumsOfTheAudioTowerMustBeThoseOfTheModel() {
    ParallelLayout layout =
        new ParallelLayout(
            List.of(List.of(28)),
            List.of(List.of(32)),
            Optional.of(List.of(List.of(5))),
            1,
            0,
            0,
            1);
    LayoutLimits limits =
        new LayoutLimits(
            Map.of(Modality.TEXT, 28, Modality.VISION, 32, Modality.AUDIO, 6),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalLong.empty(),
            OptionalInt.empty());

    assertThat(problems(layout, limits))
        .containsExactly(
            "cfg.parallel_config.audio_pp_layers [[5]] has 5 layers in all, but the model has 6"
                + " (config.json)");
  }

  @Test
  void audioLayersNeedAnAudioTower() {
    ParallelLayout layout =
        new ParallelLayout(
            List.of(List.of(28)),
            List.of(List.of(32)),
            Optional.of(List.of(List.of(5))),
            1,
            0,
            0,
            1);

    assertThat(problems(layout, limits(28, 32)))
        .containsExactly(
            "cfg.parallel_config.audio_pp_layers is given, but the model has no audio layers");
  }

  @Test
  void listsNeedAStage() {
    ParallelLayout layout = TinyModel.layout(List.of(), List.of(List.of()), 1, 0, 1);

    assertThat(problems(layout, limits(28, 32)))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers [] must have at least one stage",
            "cfg.parallel_config.vit_pp_layers [[]] must have at least one stage");
  }

  @Test
  void innerListsMustBeEquallyLong() {
    ParallelLayout layout =
        TinyModel.layout(
            List.of(List.of(14, 7), List.of(7)), List.of(List.of(32), List.of(0, 0)), 1, 0, 1);

    assertThat(problems(layout, limits(28, 32)))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers [[14,7],[7]]: inner lists must have equal length, got"
                + " [1, 2]",
            "cfg.parallel_config.vit_pp_layers [[32],[0,0]]: inner lists must have equal length, got"
                + " [1, 2]");
  }

  @Test
  void aListWithoutLayersIsRefused() {
    assertThat(problems(layout(List.of(0, 0), List.of(32, 0)), LayoutLimits.UNKNOWN))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers [[0,0]]: at least one stage must have layers");
  }

  @Test
  void numbersOfLayersAreNotNegative() {
    assertThat(problems(layout(List.of(29, -1), List.of(32, 0)), limits(28, 32)))
        .containsExactly(
            "cfg.parallel_config.llm_pp_layers [[29,-1]]: a number of layers must not be negative");
  }

  @Test
  void aLongerVisionListIsRefused() {
    assertThat(problems(layout(List.of(28), List.of(30, 2)), limits(28, 32)))
        .containsExactly(
            "cfg.parallel_config.vit_pp_layers [[30,2]] has 2 stages, cfg.parallel_config.llm_pp_layers"
                + " [[28]] has 1 stage: it must not be longer");
  }

  @Test
  void aVisionListThatDoesNotFitTheStagesIsRefused() {
    assertThat(problems(layout(List.of(7, 7, 7, 7), List.of(20, 10, 2)), limits(28, 32)))
        .containsExactly(
            "cfg.parallel_config.vit_pp_layers [[20,10,2]] has 3 stages, cfg.parallel_config.llm_pp_layers"
                + " [[7,7,7,7]] has 4 stages: the one number must divide the other");
  }

  @Test
  void aRepeatedVisionTowerIsWorthAWarning() {
    LayoutFindings findings =
        LayoutCheck.check(layout(List.of(7, 7, 7, 7), List.of(32)), limits(28, 32), WRITE);

    assertThat(findings.orThrow())
        .containsExactly(
            "cfg.parallel_config.vit_pp_layers [[32]] has 1 stage, cfg.parallel_config.llm_pp_layers"
                + " [[7,7,7,7]] has 4 stages: it is repeated 4 times");
  }

  @Test
  void theVisionTowerMustEndBeforeTheLanguageModelBegins() {
    assertThat(problems(layout(List.of(1, 10, 10, 7), List.of(30, 2, 0, 0)), limits(28, 32)))
        .containsExactly(
            "cfg.parallel_config.vit_pp_layers [[30,2,0,0]] reaches to stage 1, but"
                + " cfg.parallel_config.llm_pp_layers [[1,10,10,7]] begins on stage 0: the vision tower"
                + " must end before the language model begins, or on the same stage");
  }

  @Test
  void theVisionTowerMayEndWhereTheLanguageModelBegins() {
    assertThat(problems(layout(List.of(0, 11, 10, 7), List.of(30, 2, 0, 0)), limits(28, 32)))
        .isEmpty();
  }

  @Test
  void aCheckpointToBeReadMayHaveTheVisionTowerAnywhere() {
    LayoutFindings findings =
        LayoutCheck.check(
            layout(List.of(1, 10, 10, 7), List.of(30, 2, 0, 0)),
            limits(28, 32),
            LayoutCheck.Use.READING);

    assertThat(findings.problems()).isEmpty();
  }

  @Test
  void theDocumentedEdgeCloudLayoutHasNoProblems() {
    ParallelLayout layout =
        TinyModel.layout(
            List.of(List.of(0, 0, 0, 0, 0), List.of(0, 16, 16, 16, 16), List.of(0, 0, 0, 0, 0)),
            List.of(List.of(3, 7, 7, 7, 7), List.of(1, 0, 0, 0, 0), List.of(0, 0, 0, 0, 0)),
            1,
            0,
            1);

    assertThat(LayoutCheck.check(layout, limits(64, 32), LayoutCheck.Use.writing(true)).problems())
        .isEmpty();
  }

  @Test
  void keyHeadsAndVocabularyMustBeDivisible() {
    ParallelLayout layout = TinyModel.layout(List.of(List.of(28)), List.of(List.of(32)), 3, 0, 1);
    LayoutLimits limits =
        new LayoutLimits(
            Map.of(),
            OptionalInt.of(4),
            OptionalInt.of(16),
            OptionalLong.of(100),
            OptionalInt.empty());

    assertThat(problems(layout, limits))
        .containsExactly(
            "cfg.parallel_config.tp_size 3: the 4 key/value heads (num_key_value_heads) of the model"
                + " are not divisible by it",
            "cfg.parallel_config.tp_size 3: the 16 heads of the vision tower of the model are not"
                + " divisible by it",
            "cfg.parallel_config.tp_size 3: the 100 rows of the vocabulary (vocab_size) of the model"
                + " are not divisible by it");
  }

  @Test
  void headsOfTheVisionTowerGoByItsOwnSize() {
    ParallelLayout layout = TinyModel.layout(List.of(List.of(28)), List.of(List.of(32)), 1, 32, 1);

    assertThat(problems(layout, limits(28, 32)))
        .containsExactly(
            "cfg.parallel_config.vit_tp_size 32: the 16 heads of the vision tower of the model are not"
                + " divisible by it");
  }

  @Test
  void sizesMustDivideTheLargest() {
    ParallelLayout layout =
        new ParallelLayout(
            List.of(List.of(28)), List.of(List.of(32)), Optional.empty(), 2, 3, 4, 1);

    assertThat(problems(layout, LayoutLimits.UNKNOWN))
        .containsExactly(
            "cfg.parallel_config.vit_tp_size 3 does not divide 4, the largest of tp_size 2, vit_tp_size"
                + " 3, audio_tp_size 4");
  }

  @Test
  void sizesHaveALeastValue() {
    ParallelLayout layout =
        new ParallelLayout(
            List.of(List.of(28)), List.of(List.of(32)), Optional.empty(), 0, -1, -2, 0);

    assertThat(problems(layout, limits(28, 32)))
        .containsExactly(
            "cfg.parallel_config.tp_size must be at least 1, got 0",
            "cfg.parallel_config.vit_tp_size must be at least 0, got -1",
            "cfg.parallel_config.audio_tp_size must be at least 0, got -2",
            "cfg.parallel_config.ep_size must be at least 1, got 0");
  }

  @Test
  void expertsMustBeDivisible() {
    ParallelLayout layout = TinyModel.layout(List.of(List.of(28)), List.of(List.of(32)), 1, 0, 3);
    LayoutLimits limits =
        new LayoutLimits(
            Map.of(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalLong.empty(),
            OptionalInt.of(8));

    assertThat(problems(layout, limits))
        .containsExactly(
            "cfg.parallel_config.ep_size 3 does not divide the 8 experts of the model");
    assertThat(problems(layout, limits(28, 32)))
        .containsExactly("cfg.parallel_config.ep_size 3: the model has no experts");
  }

  @Test
  void allProblemsAreToldAtOnce() {
    ParallelLayout layout =
        TinyModel.layout(List.of(List.of(1, 2)), List.of(List.of(0, 0)), 3, 2, 1);

    assertThatThrownBy(() -> LayoutCheck.check(layout, limits(28, 32), WRITE).orThrow())
        .isInstanceOfSatisfying(
            ConvertException.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(ConvertException.Kind.USAGE);
              assertThat(failure.problems()).hasSize(4);
            });
  }

  @Test
  void flatListsAreToldFlatAndOtherPrefixesAreUsed() {
    LayoutCheck.Use use = new LayoutCheck.Use("source_parallel_config", false, false, false);

    assertThat(
            LayoutCheck.check(layout(List.of(), List.of(1)), LayoutLimits.UNKNOWN, use).problems())
        .containsExactly("source_parallel_config.llm_pp_layers [] must have at least one stage");
  }
}
