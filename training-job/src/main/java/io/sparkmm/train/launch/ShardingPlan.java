package io.sparkmm.train.launch;

import io.sparkmm.conf.DType;
import io.sparkmm.conf.pattern.ModulePattern;
import io.sparkmm.conf.pattern.ModuleSelection;
import io.sparkmm.conf.pattern.ModuleTree;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.MixedPrecisionPolicy;
import io.sparkmm.train.fsdp.Prefetch;
import io.sparkmm.train.fsdp.Residence;
import io.sparkmm.train.nn.Module;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the model is spread over the workers, as it travels to them.
 *
 * @param modules patterns of modules that become groups of their own
 * @param types number types
 * @param reshardAfterForward whether gathered weights are freed between forward and backward
 * @param reshardSize workers over which freed weights are spread until backward; 0 for those that
 *     share a copy
 * @param shardingSize workers that share one copy of the weights; 0 for all
 * @param ignored patterns of modules whose parameters stay whole on every worker
 * @param tuning what changes speed and memory, but no number
 */
public record ShardingPlan(
    List<String> modules,
    Types types,
    boolean reshardAfterForward,
    int reshardSize,
    int shardingSize,
    List<String> ignored,
    Tuning tuning)
    implements Serializable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardingPlan.class);

  /**
   * What changes speed and memory, but no number.
   *
   * @param forwardPrefetch modules whose weights are gathered ahead in forward
   * @param backwardPrefetch modules whose weights are gathered ahead in backward
   * @param offload whether shards live on the host
   * @param pinned whether that memory is page-locked
   */
  public record Tuning(int forwardPrefetch, int backwardPrefetch, boolean offload, boolean pinned)
      implements Serializable {}

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
    ignored = List.copyOf(ignored);
  }

  /**
   * The settings for a model, in which the patterns of ignored modules are looked up.
   *
   * @param device name of the device as libtorch writes it
   */
  FsdpSettings settings(Module root, String device) {
    return new FsdpSettings(
        new MixedPrecisionPolicy(
            optional(types.param()),
            optional(types.reduce()),
            optional(types.output()),
            types.castInputs()),
        reshardAfterForward,
        unlessZero(shardingSize),
        new Prefetch(tuning.forwardPrefetch(), tuning.backwardPrefetch()),
        selectIgnored(root).paths(),
        new Residence(device, tuning.offload(), tuning.pinned()),
        unlessZero(reshardSize));
  }

  private static OptionalInt unlessZero(int number) {
    return number == 0 ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /** What the patterns select in a model. */
  ModuleSelection select(Module root) {
    return select(modules, root);
  }

  /** What the patterns of ignored modules select in a model. */
  ModuleSelection selectIgnored(Module root) {
    return select(ignored, root);
  }

  /** What patterns select in a model. */
  static ModuleSelection select(List<String> patterns, Module root) {
    return ModuleSelection.resolve(
        patterns.stream().map(ModulePattern::parse).toList(), new ModelTree(root));
  }

  /**
   * Paths of selected modules; warnings go to the log.
   *
   * @param verb what is done with the modules, for the message
   * @param key where the patterns stand
   * @throws LaunchException if a pattern is of no use
   */
  static List<String> require(ModuleSelection selection, String verb, String key) {
    if (!selection.errors().isEmpty()) {
      ModuleSelection.Remark error = selection.errors().get(0);
      throw new LaunchException(
          LaunchException.Kind.SETTINGS,
          "Cannot " + verb + " " + error.pattern() + " of " + key + ": " + error.message());
    }
    selection
        .warnings()
        .forEach(warning -> LOG.warn("{}: {}", warning.pattern(), warning.message()));
    return selection.paths();
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
