package io.sparkmm.train.launch;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.DataloaderMode;
import io.sparkmm.conf.DistributedBackend;
import io.sparkmm.conf.Fsdp2Config;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.data.order.SampleOrders;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Settings that are right in themselves but that this release cannot follow. All of them are
 * refused, since a run that ignored one would train something else than was asked for.
 */
final class UnsupportedSettings {
  private static final Set<String> SAMPLERS =
      Set.of(
          SampleOrders.BASE_RANDOM_BATCH,
          SampleOrders.SEQUENTIAL,
          SampleOrders.STATEFUL_DISTRIBUTED);

  private static final String COLLATOR = "qwen2vl";
  private static final String PAIR_COLLATOR = "qwen2vl_dpo";

  private final TrainingConfiguration configuration;
  private final List<ConfigProblem> problems = new ArrayList<>();

  private UnsupportedSettings(TrainingConfiguration configuration) {
    this.configuration = configuration;
  }

  /** All settings of a configuration that this release cannot follow. */
  static List<ConfigProblem> of(TrainingConfiguration configuration) {
    UnsupportedSettings check = new UnsupportedSettings(configuration);
    check.parallel();
    check.fsdp2();
    check.precision();
    check.data();
    check.model();
    check.problems.addAll(RecomputePlan.unsupported(configuration));
    return check.problems;
  }

  private void parallel() {
    var parallel = configuration.launch().parallel();
    mustBeOne("--tensor-model-parallel-size", parallel.tensorModelParallelSize());
    mustBeOne("--pipeline-model-parallel-size", parallel.pipelineModelParallelSize());
    mustBeOne("--context-parallel-size", parallel.contextParallelSize());
    mustBeOne("--expert-model-parallel-size", parallel.expertModelParallelSize());
    refuse(parallel.unalignedLinear(), "--unaligned-linear", "", "remove it");
    DistributedBackend backend = configuration.launch().launcher().collectives();
    refuse(
        backend == DistributedBackend.NCCL,
        "--distributed-backend",
        backend.text(),
        "must be gloo on CPUs; nccl is for NVIDIA devices, and means hccl with --device npu");
  }

  private void fsdp2() {
    LaunchArguments launch = configuration.launch();
    refuse(
        !launch.precision().useTorchFsdp2(),
        "--use-torch-fsdp2",
        "",
        "must be given: training without it");
    Fsdp2Config fsdp2 = configuration.fsdp2();
    String file = launch.sources().fsdp2ConfigPath().orElse("FSDP2 defaults");
    patterns(file, "moe_modules", fsdp2.moeModules());
  }

  private void patterns(String file, String key, List<?> patterns) {
    refuse(!patterns.isEmpty(), file, key, patterns.toString(), "remove it");
  }

  private void precision() {
    var precision = configuration.launch().precision();
    boolean fresh =
        configuration.launch().checkpoint().load().isEmpty()
            && configuration.launch().lora().loadBaseModel().isEmpty()
            && configuration.model().initFromHfPath().isEmpty();
    refuse(
        precision.noInitialization() && fresh,
        "--no-initialization",
        "",
        "needs --load or init_from_hf_path: training of undefined weights");
  }

  private void data() {
    DataConfig data = configuration.data();
    String file = configuration.launch().sources().mmData().orElse("data");
    var loader = data.dataloaderParam();
    refuse(
        loader.dataloaderMode() != DataloaderMode.SAMPLER,
        file,
        "dataloader_param.dataloader_mode",
        loader.dataloaderMode().text(),
        "must be sampler");
    refuse(
        !SAMPLERS.contains(loader.samplerType().text()),
        file,
        "dataloader_param.sampler_type",
        loader.samplerType().text(),
        "must be one of " + String.join(", ", SAMPLERS.stream().sorted().toList()));
    refuse(!loader.dropLast(), file, "dataloader_param.drop_last", "false", "must be true");
    String collator = DpoPlanner.isAskedFor(configuration) ? PAIR_COLLATOR : COLLATOR;
    refuse(
        !loader.collateParam().modelName().equals(collator),
        file,
        "dataloader_param.collate_param.model_name",
        loader.collateParam().modelName(),
        "must be " + collator);
  }

  private void model() {
    ModelConfig model = configuration.model();
    String file = configuration.launch().sources().mmModel().orElse("model");
    refuse(
        model.lossCfg().routerAuxLossCoef() != 0,
        file,
        "loss_cfg.router_aux_loss_coef",
        Double.toString(model.lossCfg().routerAuxLossCoef()),
        "must be 0");
    model.patch().forEach((name, on) -> refuse(on, file, "patch." + name, "true", "must be false"));
  }

  private void mustBeOne(String option, int value) {
    refuse(value != 1, option, Integer.toString(value), "must be 1");
  }

  private void refuse(boolean found, String option, String value, String remedy) {
    refuse(found, LaunchArguments.FILE, option, value, remedy);
  }

  private void refuse(boolean found, String file, String key, String value, String remedy) {
    if (found) {
      problems.add(
          new ConfigProblem(file, key, value, remedy + " (not supported in this release)"));
    }
  }
}
