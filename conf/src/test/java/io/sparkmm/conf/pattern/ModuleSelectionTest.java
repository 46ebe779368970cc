package io.sparkmm.conf.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModuleSelectionTest {
  private final ModuleTree tree =
      new ListedTree()
          .modules("visual", "visual.patch_embed")
          .list("visual.blocks", 2, "attn", "mlp")
          .modules("visual.merger", "model", "model.embed_tokens")
          .list("model.layers", 4, "self_attn", "mlp")
          .list("model.empty", 0)
          .modules("model.norm", "lm_head");

  @Test
  void aPlainPathIsThatModule() {
    assertThat(select("model.embed_tokens", "lm_head").paths())
        .containsExactly("model.embed_tokens", "lm_head");
  }

  @Test
  void aStarIsAllElementsInOrder() {
    assertThat(select("model.layers.{*}").paths())
        .containsExactly("model.layers.0", "model.layers.1", "model.layers.2", "model.layers.3");
  }

  @Test
  void theDotBeforeTheBraceMayBeLeftOut() {
    assertThat(select("model.layers{*}").paths()).isEqualTo(select("model.layers.{*}").paths());
    assertThat(select("model.layers{1}").paths()).containsExactly("model.layers.1");
  }

  @Test
  void aSuffixGoesBelowEachElement() {
    assertThat(select("visual.blocks.{*}.attn").paths())
        .containsExactly("visual.blocks.0.attn", "visual.blocks.1.attn");
  }

  @Test
  void resultsFollowTheListAndAModuleCountsOnce() {
    assertThat(select("lm_head", "model.layers.{2}", "model.layers.{*}", "lm_head").paths())
        .containsExactly(
            "lm_head", "model.layers.2", "model.layers.0", "model.layers.1", "model.layers.3");
  }

  @Test
  void anIndexBeyondTheEndIsLeftOutWithARemark() {
    ModuleSelection selection = select("lm_head", "model.layers.{2-5}");

    assertThat(selection.errors()).isEmpty();
    assertThat(selection.paths()).containsExactly("lm_head", "model.layers.2", "model.layers.3");
    assertThat(selection.warnings())
        .containsExactly(
            new ModuleSelection.Remark(
                1, "model.layers.{2-5}", "there is no module model.layers.4"),
            new ModuleSelection.Remark(
                1, "model.layers.{2-5}", "there is no module model.layers.5"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.head | matches no module: there is no module model.head; model has [embed_tokens,"
            + " layers, empty, norm]",
        "decoder.layers.0 | matches no module: there is no module decoder; the model has [visual,"
            + " model, lm_head]",
        "model.layers.{7-9} | matches no module: model.layers has 4 elements",
        "model.layers.{*}.attn | matches no module: model.layers has 4 elements and none of those"
            + " selected has a module attn",
        "model.layers.{0,1}.attn | matches no module: model.layers has 4 elements and none of those"
            + " selected has a module attn",
        "model.empty.{*} | matches no module: model.empty has 0 elements",
        "model.layer.{*} | there is no module model.layer",
        "model.layer.{0} | matches no module: there is no module model.layer; model has"
            + " [embed_tokens, layers, empty, norm]",
        "lm_head.{*} | lm_head is not a list of modules",
        "visual.{*} | visual is not a list of modules",
        "visual.{0} | matches no module: visual is not a list of modules",
      })
  void aPatternThatMatchesNothingIsAnError(String pattern, String message) {
    ModuleSelection selection = select("lm_head", pattern);

    assertThat(selection.errors()).containsExactly(new ModuleSelection.Remark(1, pattern, message));
    assertThat(selection.paths()).containsExactly("lm_head");
    assertThat(selection.warnings()).isEmpty();
  }

  @Test
  void allErrorsAreReported() {
    assertThat(select("x", "lm_head", "y.{*}").errors())
        .extracting(ModuleSelection.Remark::index)
        .containsExactly(0, 2);
  }

  @Test
  void elementsWithoutTheSuffixAreRemarkedOn() {
    ModuleTree uneven = new ListedTree().list("layers", 2).modules("layers.1.moe");

    ModuleSelection selection =
        ModuleSelection.resolve(List.of(ModulePattern.parse("layers.{*}.moe")), uneven);

    assertThat(selection.paths()).containsExactly("layers.1.moe");
    assertThat(selection.warnings())
        .extracting(ModuleSelection.Remark::message)
        .containsExactly("there is no module layers.0.moe");
  }

  @Test
  void wrappingGoesFromChildrenToParentsWhateverTheListSays() {
    ModuleSelection selection =
        select("lm_head", "model", "model.layers.{1}", "visual.blocks.{*}", "visual");

    assertThat(selection.wrapOrder(tree))
        .containsExactly(
            "visual.blocks.0", "visual.blocks.1", "visual", "model.layers.1", "model", "lm_head");
  }

  @Test
  void prefetchingGoesFromParentsToChildren() {
    ModuleSelection selection =
        select("lm_head", "model", "model.layers.{1}", "visual.blocks.{*}", "visual");

    assertThat(selection.prefetchOrder(tree))
        .containsExactly(
            "visual", "visual.blocks.0", "visual.blocks.1", "model", "model.layers.1", "lm_head");
  }

  @Test
  void findsWrappedModulesInsideIgnoredOnes() {
    ModuleSelection wrapped = select("visual.blocks.{*}", "visual.merger", "model.layers.{0}");

    assertThat(wrapped.within(select("visual")))
        .containsExactly("visual.blocks.0", "visual.blocks.1", "visual.merger");
    assertThat(wrapped.within(select("visual.blocks.{1}"))).containsExactly("visual.blocks.1");
    assertThat(wrapped.within(select("lm_head"))).isEmpty();
  }

  @Test
  void aNameThatStartsAlikeIsNotInside() {
    ModuleTree alike = new ListedTree().modules("layer", "layers", "layer.0");
    ModuleSelection wrapped =
        ModuleSelection.resolve(List.of(ModulePattern.parse("layers")), alike);
    ModuleSelection ignored = ModuleSelection.resolve(List.of(ModulePattern.parse("layer")), alike);

    assertThat(wrapped.within(ignored)).isEmpty();
  }

  private ModuleSelection select(String... patterns) {
    return ModuleSelection.resolve(Stream.of(patterns).map(ModulePattern::parse).toList(), tree);
  }
}
