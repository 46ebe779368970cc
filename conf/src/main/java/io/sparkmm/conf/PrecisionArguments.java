package io.sparkmm.conf;

/**
 * Number types, sharding and initialisation.
 *
 * @param bf16 half precision of the Megatron path
 * @param fp16 half precision with loss scaling
 * @param downcastToBf16 whether fp32 weights are rounded to bf16 at loading
 * @param useTorchFsdp2 whether parameters are sharded
 * @param useDistributedOptimizer sharding of optimizer state on the Megatron path
 * @param noGradientAccumulationFusion whether fused accumulation is off; FSDP2 needs it
 * @param initModelWithMetaDevice whether the model is built without storage first
 * @param noInitialization whether drawing of weights is left out
 * @param useCpuInitialization whether weights are drawn on the CPU
 */
public record PrecisionArguments(
    boolean bf16,
    boolean fp16,
    boolean downcastToBf16,
    boolean useTorchFsdp2,
    boolean useDistributedOptimizer,
    boolean noGradientAccumulationFusion,
    boolean initModelWithMetaDevice,
    boolean noInitialization,
    boolean useCpuInitialization)
    implements KeyGroup {

  static PrecisionArguments read(ConfigSection section) {
    int before = section.problems().count();
    PrecisionArguments read =
        new PrecisionArguments(
            section.flag("bf16", false),
            section.flag("fp16", false),
            section.flag("downcast_to_bf16", false),
            section.flag("use_torch_fsdp2", false),
            section.flag("use_distributed_optimizer", false),
            section.flag("no_gradient_accumulation_fusion", false),
            section.flag("init_model_with_meta_device", false),
            section.flag("no_initialization", false),
            section.flag("use_cpu_initialization", false));
    if (section.problems().count() == before) {
      read.check(section);
    }
    return read;
  }

  private void check(ConfigSection section) {
    if (bf16 && fp16) {
      section.report("fp16", "cannot be given together with --bf16");
    }
  }
}
