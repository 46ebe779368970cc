package io.sparkmm.train.launch;

import io.sparkmm.conf.DType;
import io.sparkmm.conf.pattern.ModulePattern;
import io.sparkmm.conf.pattern.ModuleSelection;
import io.sparkmm.conf.pattern.ModuleTree;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.MixedPrecisionPolicy;
import io.sparkmm.train.nn.Module;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How the model is spread over the workers, as it travels to them.
 *
 * @param modules patterns of modules that become groups of their own
 * @param types number types
 * @param reshardAfterForward whether gathered weights are freed between forward and backward
 * @param shardingSize workers that share one copy of the weights; 0 for all
 */
public record ShardingPlan(
    List<String> modules, Types types, boolean reshardAfterForward, int shardingSize)
    implements Serializable {
  /**
   * Number types; an empty list means that nothing is converted.
   *
   * @param param type of gathered weights and of the computation
   * @param reduce type in which gradients are averaged
   * @param output type of wrapped modules' outputs
   * @param castInputs whether inputs of wrapped modules are converted to {@code param}
   */
  public record Types(List<DType> param, List<DType> reduce, List<DType> output, boolean castInputs)
      implements Serializable {
    public Types {
      param = List.copyOf(param);
      reduce = List.copyOf(reduce);
      output = List.copyOf(output);
    }
  }

  public ShardingPlan {
    modules = List.copyOf(modules);
  }

  FsdpSettings settings() {
    return new FsdpSettings(
        new MixedPrecisionPolicy(
            optional(types.param()),
            optional(types.reduce()),
            optional(types.output()),
            types.castInputs()),
        reshardAfterForward,
        shardingSize == 0 ? OptionalInt.empty() : OptionalInt.of(shardingSize));
  }

  /** What the patterns select in a model. */
  ModuleSelection select(Module root) {
    return select(modules, root);
  }

  /** What patterns select in a model. */
  static ModuleSelection select(List<String> patterns, Module root) {
    return ModuleSelection.resolve(
        patterns.stream().map(ModulePattern::parse).toList(), new ModelTree(root));
  }

  private static Optional<ScalarType> optional(List<DType> type) {
    return type.stream().findFirst().map(TorchTypes::of);
  }

  /** A model as patterns see it. */
  private record ModelTree(Module root) implements ModuleTree {
    @Override
    public boolean exists(String path) {
      return module(path).isPresent();
    }

    @Override
    public OptionalInt containerSize(String path) {
      Optional<Module> module = module(path).filter(Module::isList);
      return module.isEmpty()
          ? OptionalInt.empty()
          : OptionalInt.of(module.get().children().size());
    }

    @Override
    public List<String> children(String path) {
      return module(path).map(module -> List.copyOf(module.children().keySet())).orElse(List.of());
    }

    private Optional<Module> module(String path) {
      return path.isEmpty() ? Optional.of(root) : root.find(path);
    }
  }
}
