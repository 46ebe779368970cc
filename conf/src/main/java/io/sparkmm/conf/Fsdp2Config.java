package io.sparkmm.conf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sparkmm.conf.pattern.ModulePattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code fsdp2.yaml}: how parameters are sharded.
 *
 * @param shardingSize workers that share one copy of the parameters
 * @param paramDtype type of gathered parameters, hence of the computation; empty keeps the model's
 * @param reduceDtype type of the gradient reduction; empty takes the gradient's own
 * @param outputDtype type that outputs of wrapped modules are cast to; empty for no cast
 * @param castForwardInputs whether inputs of wrapped modules are cast to {@code param_dtype}
 * @param subModulesToWrap modules that become communication groups of their own
 * @param ignoredModules modules that are neither sharded nor reduced
 * @param recomputeModules modules whose activations are computed again in the backward pass
 * @param useReentrant which implementation of recomputation is asked for
 * @param reshardAfterForward what happens to gathered parameters between forward and backward
 * @param offloadToCpu whether shards, gradients and optimizer state live in host memory
 * @param pinMemory whether that memory is page-locked
 * @param numToForwardPrefetch following modules gathered ahead in the forward pass
 * @param numToBackwardPrefetch following modules gathered ahead in the backward pass
 * @param alignFsdpParamGroups one extra group for norms and gates
 * @param expertParallelSize workers over which experts are spread
 * @param reshardLocalExperts whether local experts are sharded, too
 * @param moeModules modules that hold experts
 */
public record Fsdp2Config(
    ShardingSize shardingSize,
    Optional<DType> paramDtype,
    Optional<DType> reduceDtype,
    Optional<DType> outputDtype,
    boolean castForwardInputs,
    List<ModulePattern> subModulesToWrap,
    List<ModulePattern> ignoredModules,
    List<ModulePattern> recomputeModules,
    boolean useReentrant,
    ReshardAfterForward reshardAfterForward,
    boolean offloadToCpu,
    boolean pinMemory,
    int numToForwardPrefetch,
    int numToBackwardPrefetch,
    boolean alignFsdpParamGroups,
    int expertParallelSize,
    boolean reshardLocalExperts,
    List<ModulePattern> moeModules) {

  /** Copies the lists. */
  public Fsdp2Config {
    subModulesToWrap = List.copyOf(subModulesToWrap);
    ignoredModules = List.copyOf(ignoredModules);
    recomputeModules = List.copyOf(recomputeModules);
    moeModules = List.copyOf(moeModules);
  }

  /** What holds when no file is given. */
  public static Fsdp2Config defaults() {
    JsonNode empty = JsonNodeFactory.instance.objectNode();
    return read(ConfigSection.root("", ConfigSection.Dialect.YAML, empty, new ConfigProblems()));
  }

  /** Reads the whole file; problems go to the section's collector. */
  public static Fsdp2Config read(ConfigSection root) {
    Fsdp2Config read =
        new Fsdp2Config(
            ShardingSize.read(root, "sharding_size"),
            root.optionalDType("param_dtype"),
            root.optionalDType("reduce_dtype"),
            root.optionalDType("output_dtype"),
            root.flag("cast_forward_inputs", true),
            patterns(root, "sub_modules_to_wrap"),
            patterns(root, "ignored_modules"),
            patterns(root, "recompute_modules"),
            root.flag("use_reentrant", true),
            ReshardAfterForward.read(root, "reshard_after_forward"),
            root.flag("offload_to_cpu", false),
            root.flag("pin_memory", false),
            root.integer("num_to_forward_prefetch", 0, Limit.NOT_NEGATIVE),
            root.integer("num_to_backward_prefetch", 1, Limit.NOT_NEGATIVE),
            root.flag("align_fsdp_param_groups", false),
            root.integer("expert_parallel_size", 1, Limit.atLeast(1)),
            root.flag("reshard_local_experts", true),
            patterns(root, "moe_modules"));
    if (read.expertParallelSize > 1) {
      root.report("expert_parallel_size", "is not supported; must be 1");
    }
    if (read.pinMemory && !read.offloadToCpu) {
      root.warn("pin_memory", "has no effect without offload_to_cpu = true");
    }
    root.finish();
    return read;
  }

  private static List<ModulePattern> patterns(ConfigSection root, String key) {
    JsonNode value = root.raw(key);
    if (value.isMissingNode() || value.isNull()) {
      return List.of();
    }
    if (!value.isArray()) {
      root.report(key, "expected a list of module patterns; write it as a YAML list");
      return List.of();
    }
    List<ModulePattern> patterns = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      JsonNode element = value.get(i);
      if (!element.isTextual()) {
        root.reportElement(
            key, i, element, "expected a module pattern as text; put it between quotes");
        continue;
      }
      try {
        patterns.add(ModulePattern.parse(element.textValue()));
      } catch (IllegalArgumentException e) {
        root.reportElement(key, i, element, e.getMessage());
      }
    }
    return patterns;
  }

  /**
   * Checks the sizes against the number of workers.
   *
   * @param file the file that problems name
   * @param groupSize workers that hold the model; the world size without other parallelism
   */
  public List<ConfigProblem> validate(String file, int groupSize) {
    List<ConfigProblem> problems = new ArrayList<>();
    if (!shardingSize.divides(groupSize)) {
      problems.add(
          new ConfigProblem(
              file,
              "sharding_size",
              shardingSize.toString(),
              "must divide the number of workers: " + shardingSize.remainderMessage(groupSize)));
      return problems;
    }
    int shards = shardingSize.resolve(groupSize);
    if (reshardAfterForward.groupSize().isPresent()) {
      int size = reshardAfterForward.groupSize().getAsInt();
      if (size >= shards || shards % size != 0) {
        problems.add(
            new ConfigProblem(
                file,
                "reshard_after_forward",
                reshardAfterForward.toString(),
                "must be true, false or a divisor of the shard group size "
                    + shards
                    + " other than 1 and "
                    + shards));
      }
    }
    return problems;
  }
}
