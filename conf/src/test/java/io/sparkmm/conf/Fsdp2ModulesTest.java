package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.conf.pattern.ModuleTree;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class Fsdp2ModulesTest {
  /** visual.blocks with 2 elements, visual.merger, model.layers with 3 elements, lm_head. */
  private static final class SmallModel implements ModuleTree {
    @Override
    public boolean exists(String path) {
      return path.isEmpty()
          || List.of("visual", "visual.blocks", "visual.merger", "model", "lm_head").contains(path)
          || path.equals("model.layers")
          || path.matches("visual\\.blocks\\.[01]|model\\.layers\\.[0-2]");
    }

    @Override
    public OptionalInt containerSize(String path) {
      return switch (path) {
        case "visual.blocks" -> OptionalInt.of(2);
        case "model.layers" -> OptionalInt.of(3);
        default -> OptionalInt.empty();
      };
    }

    @Override
    public List<String> children(String path) {
      return switch (path) {
        case "" -> List.of("visual", "model", "lm_head");
        case "visual" -> List.of("blocks", "merger");
        case "model" -> List.of("layers");
        default ->
            IntStream.range(0, containerSize(path).orElse(0)).mapToObj(Integer::toString).toList();
      };
    }
  }

  private final ConfigProblems problems = new ConfigProblems();

  @Test
  void ordersWrappingAndPrefetching() {
    Fsdp2Modules modules =
        resolve(
            """
            sub_modules_to_wrap: ["lm_head", "model", "model.layers.{*}"]
            ignored_modules: ["visual"]
            recompute_modules: ["model.layers.{2,0}"]
            """);

    assertThat(problems.problems()).isEmpty();
    assertThat(modules.wrapped())
        .containsExactly("model.layers.0", "model.layers.1", "model.layers.2", "model", "lm_head");
    assertThat(modules.prefetched())
        .containsExactly("model", "model.layers.0", "model.layers.1", "model.layers.2", "lm_head");
    assertThat(modules.ignored()).containsExactly("visual");
    assertThat(modules.recomputed()).containsExactly("model.layers.0", "model.layers.2");
  }

  @Test
  void nothingNamedIsOnlyTheRoot() {
    assertThat(resolve("sharding_size: 1"))
        .isEqualTo(new Fsdp2Modules(List.of(), List.of(), List.of(), List.of()));
    assertThat(problems.problems()).isEmpty();
  }

  @Test
  void aModuleMayBeWrappedAndRecomputed() {
    resolve(
        """
        sub_modules_to_wrap: ["model.layers.{*}"]
        recompute_modules: ["model.layers.{*}"]
        """);

    assertThat(problems.problems()).isEmpty();
  }

  @Test
  void namesFileKeyAndPatternThatMatchesNothing() {
    resolve(
        """
        sub_modules_to_wrap: ["lm_head", "model.layer.{*}"]
        ignored_modules: ["visual.merger.{*}"]
        recompute_modules: ["decoder"]
        """);

    assertThat(problems.problems())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "fsdp2.yaml: sub_modules_to_wrap[1] = model.layer.{*}: there is no module model.layer",
            "fsdp2.yaml: ignored_modules[0] = visual.merger.{*}: visual.merger is not a list of"
                + " modules",
            "fsdp2.yaml: recompute_modules[0] = decoder: matches no module: there is no module"
                + " decoder; the model has [visual, model, lm_head]");
  }

  @Test
  void remarksOnElementsThatDoNotExist() {
    Fsdp2Modules modules = resolve("sub_modules_to_wrap: ['model.layers.{1-3}']");

    assertThat(modules.wrapped()).containsExactly("model.layers.1", "model.layers.2");
    assertThat(problems.problems()).isEmpty();
    assertThat(problems.warnings())
        .singleElement()
        .hasToString(
            "fsdp2.yaml: sub_modules_to_wrap[0] = model.layers.{1-3}: there is no module"
                + " model.layers.3");
  }

  @Test
  void refusesWrappingInsideAnIgnoredModule() {
    resolve(
        """
        sub_modules_to_wrap: ["visual.blocks.{*}", "lm_head"]
        ignored_modules: ["visual.blocks.{1}", "visual.merger"]
        """);

    assertThat(problems.problems())
        .singleElement()
        .hasToString(
            "fsdp2.yaml: sub_modules_to_wrap = visual.blocks.1: is wrapped, but ignored_modules ="
                + " [visual.blocks.{1}, visual.merger] leaves it out");
  }

  private Fsdp2Modules resolve(String yaml) {
    Fsdp2Config config = ConfigLoader.parseFsdp2("fsdp2.yaml", yaml);
    return Fsdp2Modules.resolve(config, "fsdp2.yaml", new SmallModel(), problems);
  }
}
