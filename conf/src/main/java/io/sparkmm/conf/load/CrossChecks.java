package io.sparkmm.conf.load;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.EnvironmentSettings;
import io.sparkmm.conf.Fsdp2Config;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.ParallelArguments;
import io.sparkmm.conf.TrainingConfiguration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Checks sources against each other. Each check runs if the sources that it needs could be read, so
 * that a broken source does not hide what is wrong between the others.
 */
final class CrossChecks {
  /** The sources; empty for one that could not be read. */
  record Sources(
      Optional<LaunchArguments> launch,
      Optional<EnvironmentSettings> environment,
      Optional<ModelConfig> model,
      Optional<DataConfig> data,
      Optional<Fsdp2Config> fsdp2) {}

  /** Launch arguments that the checks read; a problem with another one does not stop them. */
  private static final Set<String> OPTIONS =
      Set.of(
          "--calculate-per-sample-loss",
          "--calculate-per-token-loss",
          "--ckpt-format",
          "--context-parallel-size",
          "--device",
          "--distributed-backend",
          "--enable-dummy-optimizer",
          "--expert-model-parallel-size",
          "--global-batch-size",
          "--local-worker-num",
          "--micro-batch-size",
          "--nnodes",
          "--nproc-per-node",
          "--num-workers",
          "--pipeline-model-parallel-size",
          "--seq-length",
          "--tensor-model-parallel-size",
          "--use-torch-fsdp2",
          "--variable-seq-lengths",
          "--virtual-pipeline-model-parallel-size",
          "--worker-num");

  private final ConfigProblems problems;

  CrossChecks(ConfigProblems problems) {
    this.problems = problems;
  }

  /** Whether the arguments that the checks read are what the user meant. */
  static boolean canRead(List<ConfigProblem> problems) {
    return problems.stream()
        .filter(problem -> problem.file().equals(LaunchArguments.FILE))
        .noneMatch(problem -> OPTIONS.contains(problem.key()));
  }

  void run(Sources sources) {
    if (sources.launch().isEmpty()) {
      return;
    }
    LaunchArguments launch = sources.launch().get();
    sources.model().ifPresent(model -> new ModelChecks(problems, launch, model).run());
    sources.data().ifPresent(data -> checkData(launch, data));
    new DeviceChecks(problems, launch).run();
    new Fsdp2Checks(problems, launch).run(sources);
    if (sources.environment().isEmpty()) {
      return;
    }
    EnvironmentSettings environment = sources.environment().get();
    checkWorkersPerNode(launch, environment);
    checkConnections(launch, environment);
    Fsdp2Config fsdp2 = sources.fsdp2().orElseGet(Fsdp2Config::defaults);
    int nodes = launch.launcher().nnodes().orElse(1);
    int devices = environment.npusPerNode().orElse(1);
    if (!launch.launcher().hasWorkersPerNode() && (long) devices * nodes > Integer.MAX_VALUE) {
      problems.add(
          EnvironmentSettings.FILE,
          "NPUS_PER_NODE",
          Integer.toString(devices),
          "times --nnodes = " + nodes + " is more than 2147483647 workers");
      return;
    }
    int workers = TrainingConfiguration.worldSize(launch, environment);
    problems.addAll(TrainingConfiguration.validate(launch, fsdp2, workers));
  }

  private void checkData(LaunchArguments launch, DataConfig data) {
    String file = launch.sources().mmData().orElse("");
    BasicParameters basic = data.datasetParam().basicParameters();
    String section = "dataset_param.basic_parameters.";
    if (basic.streaming() && launch.batch().numWorkers() > 0) {
      problems.add(
          file,
          section + "streaming",
          "true",
          "needs --num-workers 0, which is " + launch.batch().numWorkers());
    }
    if (basic.cacheDir().isPresent() && launch.launcher().nnodes().orElse(1) > 1) {
      problems.warn(
          file,
          section + "cache_dir",
          basic.cacheDir().get(),
          "must not be on a file system that several nodes share");
    }
  }

  private void checkWorkersPerNode(LaunchArguments launch, EnvironmentSettings environment) {
    OptionalInt devices = environment.npusPerNode();
    boolean both = devices.isPresent() && launch.launcher().hasWorkersPerNode();
    if (both && devices.getAsInt() != launch.launcher().workersPerNode()) {
      problems.add(
          EnvironmentSettings.FILE,
          "NPUS_PER_NODE",
          Integer.toString(devices.getAsInt()),
          "must be equal to --nproc-per-node = " + launch.launcher().workersPerNode());
    }
  }

  private void checkConnections(LaunchArguments launch, EnvironmentSettings environment) {
    OptionalInt connections = environment.deviceMaxConnections();
    if (connections.isEmpty()) {
      return;
    }
    ParallelArguments parallel = launch.parallel();
    boolean fsdp2 = launch.precision().useTorchFsdp2();
    boolean overlaps = parallel.tensorModelParallelSize() > 1 || parallel.contextParallelSize() > 1;
    if (fsdp2 && connections.getAsInt() == 1) {
      addConnections("1", "must not be 1 together with --use-torch-fsdp2; set it to 2");
    } else if (!fsdp2 && overlaps && connections.getAsInt() != 1) {
      addConnections(
          Integer.toString(connections.getAsInt()),
          "must be 1 with tensor or context parallelism and without --use-torch-fsdp2");
    }
  }

  private void addConnections(String value, String message) {
    problems.add(EnvironmentSettings.FILE, "CUDA_DEVICE_MAX_CONNECTIONS", value, message);
  }
}
