package io.sparkmm.conf;

import java.util.ArrayList;
import java.util.List;

/**
 * Everything that a training run is told, checked part by part and against each other.
 *
 * @param model {@code model.json}
 * @param data {@code data.json}
 * @param tools {@code tools.json}
 * @param fsdp2 {@code fsdp2.yaml}
 * @param launch launch arguments, with the structure values of the model file
 * @param environment environment variables
 * @param warnings remarks that did not stop the loading
 */
public record TrainingConfiguration(
    ModelConfig model,
    DataConfig data,
    ToolsConfig tools,
    Fsdp2Config fsdp2,
    LaunchArguments launch,
    EnvironmentSettings environment,
    List<ConfigProblem> warnings) {

  /** Copies the list. */
  public TrainingConfiguration {
    warnings = List.copyOf(warnings);
  }

  /** Workers of the run by launch arguments, else by {@code NPUS_PER_NODE}, else 1. */
  public int worldSize() {
    return worldSize(launch, environment);
  }

  /** Workers of the run by launch arguments, else by {@code NPUS_PER_NODE}, else 1. */
  public static int worldSize(LaunchArguments launch, EnvironmentSettings environment) {
    LauncherArguments launcher = launch.launcher();
    int perNode =
        launcher.hasWorkersPerNode()
            ? launcher.workersPerNode()
            : environment.npusPerNode().orElse(1);
    return Math.multiplyExact(perNode, launcher.nnodes().orElse(1));
  }

  /** Workers that see different samples. */
  public int dataParallelSize(int worldSize) {
    return worldSize / launch.parallel().modelParallelSize();
  }

  /** How token losses are reduced: by launch argument, else by {@code loss_cfg}. */
  public LossType lossType() {
    return launch.run().lossType().orElse(model.lossCfg().lossType());
  }

  /** Samples of one optimizer step over all workers. */
  public int globalBatchSize(int worldSize) {
    BatchArguments batch = launch.batch();
    return batch
        .globalBatchSize()
        .orElse(Math.multiplyExact(batch.microBatchSize(), dataParallelSize(worldSize)));
  }

  /** Forward passes of one worker for one optimizer step. */
  public int numMicrobatches(int worldSize) {
    return globalBatchSize(worldSize)
        / (launch.batch().microBatchSize() * dataParallelSize(worldSize));
  }

  /** What does not go together with this number of workers; empty if all does. */
  public List<ConfigProblem> validate(int worldSize) {
    return validate(launch, fsdp2, worldSize);
  }

  /** What does not go together with this number of workers; empty if all does. */
  public static List<ConfigProblem> validate(
      LaunchArguments launch, Fsdp2Config fsdp2, int worldSize) {
    List<ConfigProblem> problems = new ArrayList<>();
    ParallelArguments parallel = launch.parallel();
    int together = parallel.modelParallelSize();
    if (worldSize < 1 || worldSize % together != 0) {
      problems.add(
          new ConfigProblem(
              LaunchArguments.FILE,
              "",
              "",
              worldSize
                  + " workers cannot be divided by tensor × pipeline × context parallel size = "
                  + parallel.tensorModelParallelSize()
                  + " × "
                  + parallel.pipelineModelParallelSize()
                  + " × "
                  + parallel.contextParallelSize()
                  + " = "
                  + together));
      return problems;
    }
    checkBatch(launch.batch(), worldSize / together, problems);
    if (launch.precision().useTorchFsdp2()) {
      String file = launch.sources().fsdp2ConfigPath().orElse("FSDP2 defaults");
      problems.addAll(fsdp2.validate(file, worldSize / together * parallel.contextParallelSize()));
    }
    return problems;
  }

  private static void checkBatch(BatchArguments batch, int replicas, List<ConfigProblem> problems) {
    long step = (long) batch.microBatchSize() * replicas;
    int global = batch.globalBatchSize().orElse(0);
    if (step > Integer.MAX_VALUE) {
      problems.add(
          new ConfigProblem(
              LaunchArguments.FILE,
              "--micro-batch-size",
              Integer.toString(batch.microBatchSize()),
              "times the data parallel size " + replicas + " is more than 2147483647 samples"));
    } else if (global % step != 0) {
      problems.add(
          new ConfigProblem(
              LaunchArguments.FILE,
              "--global-batch-size",
              Integer.toString(global),
              "must be a multiple of --micro-batch-size × data parallel size = "
                  + batch.microBatchSize()
                  + " × "
                  + replicas
                  + " = "
                  + step
                  + "; the remainder is "
                  + global % step));
    }
  }
}
