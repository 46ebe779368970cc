package io.sparkmm.conf;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the model is spread over workers.
 *
 * @param tensorModelParallelSize workers that share one layer
 * @param pipelineModelParallelSize pipeline stages
 * @param virtualPipelineModelParallelSize virtual stages per stage
 * @param contextParallelSize workers that share one sequence
 * @param contextParallelAlgo how a sequence is shared
 * @param expertModelParallelSize workers over which experts are spread
 * @param sequenceParallel whether activations are split with tensor parallelism
 * @param unalignedLinear whether sequence lengths need not divide
 */
public record ParallelArguments(
    int tensorModelParallelSize,
    int pipelineModelParallelSize,
    OptionalInt virtualPipelineModelParallelSize,
    int contextParallelSize,
    Optional<ContextParallelAlgorithm> contextParallelAlgo,
    int expertModelParallelSize,
    boolean sequenceParallel,
    boolean unalignedLinear)
    implements KeyGroup {

  static ParallelArguments read(ConfigSection section) {
    int before = section.problems().count();
    ParallelArguments read =
        new ParallelArguments(
            section.integer("tensor_model_parallel_size", 1, Limit.atLeast(1)),
            section.integer("pipeline_model_parallel_size", 1, Limit.atLeast(1)),
            section.optionalInteger("virtual_pipeline_model_parallel_size", Limit.atLeast(1)),
            section.integer("context_parallel_size", 1, Limit.atLeast(1)),
            section.optionalChoice("context_parallel_algo", ContextParallelAlgorithm.class),
            section.integer("expert_model_parallel_size", 1, Limit.atLeast(1)),
            section.flag("sequence_parallel", false),
            section.flag("unaligned_linear", false));
    if (section.problems().count() == before) {
      read.check(section);
    }
    return read;
  }

  private void check(ConfigSection section) {
    double together =
        (double) tensorModelParallelSize * pipelineModelParallelSize * contextParallelSize;
    if (together > Integer.MAX_VALUE) {
      section.report(
          "tensor_model_parallel_size",
          "times the pipeline and context parallel sizes "
              + pipelineModelParallelSize
              + " and "
              + contextParallelSize
              + " is more than 2147483647 workers");
    }
    if (sequenceParallel && tensorModelParallelSize == 1) {
      section.report(
          "sequence_parallel", "needs --tensor-model-parallel-size greater than 1, which is 1");
    }
  }

  /** Workers that hold one replica of the model together. */
  public int modelParallelSize() {
    return Math.multiplyExact(
        Math.multiplyExact(tensorModelParallelSize, pipelineModelParallelSize),
        contextParallelSize);
  }
}
