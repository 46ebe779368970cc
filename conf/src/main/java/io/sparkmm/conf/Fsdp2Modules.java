package io.sparkmm.conf;

import io.sparkmm.conf.pattern.ModulePattern;
import io.sparkmm.conf.pattern.ModuleSelection;
import io.sparkmm.conf.pattern.ModuleTree;
import java.util.List;

/**
 * The modules of one model that {@code fsdp2.yaml} names.
 *
 * @param wrapped modules that become communication groups, children before parents; without the
 *     root, which is always wrapped last
 * @param prefetched the same modules in the order of the model, parents before children
 * @param ignored modules that are left out, in the order of the file
 * @param recomputed modules that are computed again, children before parents
 */
public record Fsdp2Modules(
    List<String> wrapped, List<String> prefetched, List<String> ignored, List<String> recomputed) {

  /** Copies the lists. */
  public Fsdp2Modules {
    wrapped = List.copyOf(wrapped);
    prefetched = List.copyOf(prefetched);
    ignored = List.copyOf(ignored);
    recomputed = List.copyOf(recomputed);
  }

  /**
   * Resolves the patterns of a file in a model. Single elements that do not exist become warnings.
   *
   * @param file the file that messages name
   * @param problems told about patterns that match nothing, and about modules that are wrapped
   *     although they are ignored; the result may only be used if no problem was added
   */
  public static Fsdp2Modules resolve(
      Fsdp2Config config, String file, ModuleTree tree, ConfigProblems problems) {
    Resolver resolver = new Resolver(file, tree, problems);
    ModuleSelection wrapped = resolver.resolve("sub_modules_to_wrap", config.subModulesToWrap());
    ModuleSelection ignored = resolver.resolve("ignored_modules", config.ignoredModules());
    ModuleSelection recomputed = resolver.resolve("recompute_modules", config.recomputeModules());
    for (String path : wrapped.within(ignored)) {
      problems.add(
          file,
          "sub_modules_to_wrap",
          path,
          "is wrapped, but ignored_modules = " + config.ignoredModules() + " leaves it out");
    }
    return new Fsdp2Modules(
        wrapped.wrapOrder(tree),
        wrapped.prefetchOrder(tree),
        ignored.paths(),
        recomputed.wrapOrder(tree));
  }

  private record Resolver(String file, ModuleTree tree, ConfigProblems problems) {
    ModuleSelection resolve(String key, List<ModulePattern> patterns) {
      ModuleSelection selection = ModuleSelection.resolve(patterns, tree);
      for (ModuleSelection.Remark error : selection.errors()) {
        problems.add(file, key + "[" + error.index() + "]", error.pattern(), error.message());
      }
      for (ModuleSelection.Remark warning : selection.warnings()) {
        problems.warn(
            file, key + "[" + warning.index() + "]", warning.pattern(), warning.message());
      }
      return selection;
    }
  }
}
