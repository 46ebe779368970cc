package io.sparkmm.conf.load;

import io.sparkmm.conf.CheckpointFormat;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.DistributedBackend;
import io.sparkmm.conf.Fsdp2Config;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.ParallelArguments;
import io.sparkmm.conf.PrecisionArguments;
import java.util.Optional;

/** What FSDP2 asks of the launch arguments and of the model, and what it excludes. */
final class Fsdp2Checks {
  private static final String WITH = "together with --use-torch-fsdp2";

  private final ConfigProblems problems;
  private final LaunchArguments launch;

  Fsdp2Checks(ConfigProblems problems, LaunchArguments launch) {
    this.problems = problems;
    this.launch = launch;
  }

  void run(CrossChecks.Sources sources) {
    if (!launch.precision().useTorchFsdp2()) {
      checkWithout();
      return;
    }
    checkParallelism(launch.parallel());
    checkPrecision(launch.precision());
    checkCheckpoint();
    sources.fsdp2().ifPresent(this::checkOffload);
    sources.fsdp2().ifPresent(this::warnOfUnusedFields);
    checkRecompute(sources.fsdp2(), sources.model());
    sources.model().ifPresent(this::checkTying);
  }

  private void checkWithout() {
    launch
        .sources()
        .fsdp2ConfigPath()
        .ifPresent(path -> add("--fsdp2-config-path", path, "needs --use-torch-fsdp2"));
    if (launch.checkpoint().ckptFormat() == CheckpointFormat.TORCH_DCP) {
      add("--ckpt-format", "torch_dcp", "needs --use-torch-fsdp2");
    }
  }

  private void checkParallelism(ParallelArguments parallel) {
    requireOne("--pipeline-model-parallel-size", parallel.pipelineModelParallelSize());
    requireOne("--expert-model-parallel-size", parallel.expertModelParallelSize());
  }

  private void requireOne(String option, int value) {
    if (value != 1) {
      add(option, Integer.toString(value), "must be 1 " + WITH);
    }
  }

  private void checkPrecision(PrecisionArguments precision) {
    if (precision.useDistributedOptimizer()) {
      add("--use-distributed-optimizer", "", "cannot be given " + WITH);
    }
    if (!precision.noGradientAccumulationFusion()) {
      add("--no-gradient-accumulation-fusion", "", "must be given " + WITH);
    }
    if (precision.fp16()) {
      add("--fp16", "", "cannot be given " + WITH + "; set param_dtype in the FSDP2 configuration");
    }
    boolean keepsState = !launch.checkpoint().noSaveOptim() || !launch.checkpoint().noLoadOptim();
    if (precision.bf16() && keepsState) {
      add(
          "--bf16",
          "",
          "needs --no-save-optim and --no-load-optim "
              + WITH
              + "; remove it and set param_dtype in the FSDP2 configuration");
    }
  }

  private void checkCheckpoint() {
    CheckpointFormat format = launch.checkpoint().ckptFormat();
    if (format != CheckpointFormat.TORCH_DCP && format != CheckpointFormat.TORCH_DIST) {
      add("--ckpt-format", format.text(), "must be torch_dcp or torch_dist " + WITH);
    }
    int tensorParallel = launch.parallel().tensorModelParallelSize();
    if (format == CheckpointFormat.TORCH_DCP && tensorParallel > 1) {
      add(
          "--ckpt-format",
          format.text(),
          "cannot be used with --tensor-model-parallel-size = " + tensorParallel);
    }
  }

  private void checkOffload(Fsdp2Config fsdp2) {
    Optional<DistributedBackend> backend = launch.launcher().distributedBackend();
    if (fsdp2.offloadToCpu() && !backend.map(DistributedBackend::cpuCapable).orElse(false)) {
      problems.add(
          fsdp2File(),
          "offload_to_cpu",
          "true",
          "needs --distributed-backend "
              + DistributedBackend.HCCL_AND_GLOO.text()
              + " (or gloo on CPU), which is "
              + backend.map(DistributedBackend::text).orElse("not given"));
    }
  }

  private void warnOfUnusedFields(Fsdp2Config fsdp2) {
    if (fsdp2.alignFsdpParamGroups()) {
      problems.warn(
          fsdp2File(),
          "align_fsdp_param_groups",
          "true",
          "has no effect: only qwen3vl makes an extra group of its norms and gates");
    }
  }

  private void checkRecompute(Optional<Fsdp2Config> fsdp2, Optional<ModelConfig> model) {
    if (fsdp2.isEmpty() || fsdp2.get().recomputeModules().isEmpty()) {
      return;
    }
    String value = fsdp2.get().recomputeModules().toString();
    String excludes = "cannot be used together with ";
    if (launch.recompute().isSet()) {
      problems.add(
          fsdp2File(),
          "recompute_modules",
          value,
          excludes + "--recompute-granularity, --recompute-method or --recompute-num-layers");
    }
    boolean inModel =
        model
            .filter(config -> config.initFromHfPath().isEmpty())
            .map(
                config ->
                    config.textDecoder().recompute().isSet()
                        || config.visionEncoder().recompute().isSet())
            .orElse(false);
    if (inModel) {
      problems.add(
          fsdp2File(),
          "recompute_modules",
          value,
          excludes + "recompute_granularity and the like in the model configuration");
    }
  }

  private void checkTying(ModelConfig model) {
    String option = "--untie-embeddings-and-output-weights";
    if (!launch.structure().untieEmbeddingsAndOutputWeights()) {
      add(option, "", "must be given " + WITH);
    }
    boolean builtIn = model.initFromHfPath().isEmpty();
    if (builtIn && !model.textDecoder().untieEmbeddingsAndOutputWeights()) {
      problems.add(
          launch.sources().mmModel().orElse(""),
          "text_decoder.untie_embeddings_and_output_weights",
          "false",
          "must be true " + WITH + ": tied weights would belong to two groups");
    }
  }

  private String fsdp2File() {
    return launch.sources().fsdp2ConfigPath().orElse("FSDP2 defaults");
  }

  private void add(String option, String value, String message) {
    problems.add(LaunchArguments.FILE, option, value, message);
  }
}
