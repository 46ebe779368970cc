package io.sparkmm.conf.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Laws of selecting modules, over trees of several shapes. */
class ModuleSelectionPropertyTest {

  /** A vision tower and a decoder with as many elements as it says. */
  record Shape(int blocks, int layers, int experts) {
    ListedTree tree() {
      ListedTree tree = new ListedTree().modules("visual.embed");
      tree.list("visual.blocks", blocks, "attn", "mlp").modules("visual.merger");
      tree.list("model.layers", layers, "attn", "mlp");
      for (int i = 0; i < layers; i += 2) {
        tree.list("model.layers." + i + ".mlp.experts", experts);
      }
      return tree.modules("model.norm", "head");
    }
  }

  @Provide
  Arbitrary<Shape> shapes() {
    Arbitrary<Integer> sizes = Arbitraries.integers().between(1, 5);
    return Combinators.combine(sizes, sizes, sizes).as(Shape::new);
  }

  @Provide
  Arbitrary<List<String>> patterns() {
    return Arbitraries.of(
            "visual",
            "visual.blocks.{*}",
            "visual.blocks{0}",
            "visual.blocks.{*}.attn",
            "visual.blocks.{0-2}.mlp",
            "visual.merger",
            "model.layers.{*}",
            "model.layers.{0,2,4}",
            "model.layers.{ 0 - 1 , 3 }.mlp",
            "model.layers.{*}.mlp.experts",
            "model.layers.0.mlp.experts.{*}",
            "model.norm",
            "head",
            "decoder.layers.{*}",
            "head.{*}")
        .list()
        .ofMinSize(1)
        .ofMaxSize(6);
  }

  @Property(seed = "1")
  void selectedModulesExistAndStandOnce(
      @ForAll("shapes") Shape shape, @ForAll("patterns") List<String> patterns) {
    ListedTree tree = shape.tree();

    ModuleSelection selection = select(tree, patterns);

    assertThat(selection.paths()).allMatch(tree::exists).doesNotHaveDuplicates();
  }

  @Property(seed = "1")
  void selectingTheResultAgainChangesNothing(
      @ForAll("shapes") Shape shape, @ForAll("patterns") List<String> patterns) {
    ListedTree tree = shape.tree();
    List<String> once = select(tree, patterns).paths();

    ModuleSelection twice = select(tree, once);

    assertThat(twice.paths()).isEqualTo(once);
    assertThat(twice.errors()).isEmpty();
    assertThat(twice.warnings()).isEmpty();
  }

  @Property(seed = "1")
  void theOrderOfPatternsDecidesNeitherWrappingNorPrefetching(
      @ForAll("shapes") Shape shape, @ForAll("patterns") List<String> patterns, @ForAll long seed) {
    ListedTree tree = shape.tree();
    List<String> shuffled = new ArrayList<>(patterns);
    Collections.shuffle(shuffled, new Random(seed));

    ModuleSelection first = select(tree, patterns);
    ModuleSelection second = select(tree, shuffled);

    assertThat(second.wrapOrder(tree)).isEqualTo(first.wrapOrder(tree));
    assertThat(second.prefetchOrder(tree)).isEqualTo(first.prefetchOrder(tree));
    assertThat(second.errors()).hasSameSizeAs(first.errors());
  }

  @Property(seed = "1")
  void theResultIsThatOfEachPatternInTurn(
      @ForAll("shapes") Shape shape, @ForAll("patterns") List<String> patterns) {
    ListedTree tree = shape.tree();
    Set<String> joined = new LinkedHashSet<>();
    int errors = 0;
    int warnings = 0;
    for (String pattern : patterns) {
      ModuleSelection alone = select(tree, List.of(pattern));
      joined.addAll(alone.paths());
      errors += alone.errors().size();
      warnings += alone.warnings().size();
    }

    ModuleSelection together = select(tree, patterns);

    assertThat(together.paths()).containsExactlyElementsOf(joined);
    assertThat(together.errors()).hasSize(errors);
    assertThat(together.warnings()).hasSize(warnings);
  }

  @Property(seed = "1")
  void childrenAreWrappedBeforeAndPrefetchedAfterTheirParents(
      @ForAll("shapes") Shape shape, @ForAll("patterns") List<String> patterns) {
    ListedTree tree = shape.tree();
    ModuleSelection selection = select(tree, patterns);
    List<String> wrapped = selection.wrapOrder(tree);
    List<String> prefetched = selection.prefetchOrder(tree);

    assertThat(wrapped).containsExactlyInAnyOrderElementsOf(selection.paths());
    assertThat(prefetched).containsExactlyInAnyOrderElementsOf(selection.paths());
    for (String parent : wrapped) {
      for (String child : wrapped) {
        if (child.startsWith(parent + ".")) {
          assertThat(wrapped.indexOf(child)).isLessThan(wrapped.indexOf(parent));
          assertThat(prefetched.indexOf(child)).isGreaterThan(prefetched.indexOf(parent));
        }
      }
    }
  }

  @Property(seed = "1")
  void aModuleIsWithinItselfAndItsParentsOnly(
      @ForAll("shapes") Shape shape,
      @ForAll("patterns") List<String> patterns,
      @ForAll("patterns") List<String> ignored) {
    ListedTree tree = shape.tree();
    ModuleSelection wrapped = select(tree, patterns);
    ModuleSelection roots = select(tree, ignored);

    List<String> inside = wrapped.within(roots);

    assertThat(wrapped.within(wrapped)).isEqualTo(wrapped.paths());
    for (String path : wrapped.paths()) {
      boolean below = roots.paths().stream().anyMatch(root -> (path + ".").startsWith(root + "."));
      assertThat(inside.contains(path)).as(path).isEqualTo(below);
    }
  }

  @Property(seed = "1")
  void aStarIsTheRangeOfAllIndices(@ForAll("shapes") Shape shape) {
    ListedTree tree = shape.tree();
    String range = "model.layers.{0-" + (shape.layers() - 1) + "}";

    assertThat(select(tree, List.of("model.layers.{*}")).paths())
        .isEqualTo(select(tree, List.of(range)).paths())
        .hasSize(shape.layers());
  }

  private static ModuleSelection select(ListedTree tree, List<String> patterns) {
    return ModuleSelection.resolve(patterns.stream().map(ModulePattern::parse).toList(), tree);
  }
}
