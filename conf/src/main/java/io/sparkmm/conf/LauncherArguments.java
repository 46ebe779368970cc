package io.sparkmm.conf;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where the workers are: arguments of the launcher.
 *
 * @param nprocPerNode workers per node
 * @param nnodes nodes
 * @param nodeRank accepted without effect: Spark places the workers
 * @param masterAddr accepted without effect: the workers find each other through Spark
 * @param masterPort accepted without effect: a free port is taken
 * @param localWorkerNum workers per node, by the name of the other launcher
 * @param workerNum all workers, by the name of the other launcher
 * @param logDir accepted without effect
 * @param bindCore accepted without effect
 * @param distributedBackend library of the collectives; empty: by device
 * @param device where the workers compute; empty: {@link TrainDevice#CPU}
 * @param aiFramework accepted without effect
 * @param distributedTimeoutMinutes longest wait of a collective, in minutes
 */
public record LauncherArguments(
    OptionalInt nprocPerNode,
    OptionalInt nnodes,
    int nodeRank,
    String masterAddr,
    int masterPort,
    OptionalInt localWorkerNum,
    OptionalInt workerNum,
    Optional<String> logDir,
    Optional<String> bindCore,
    Optional<DistributedBackend> distributedBackend,
    Optional<TrainDevice> device,
    Optional<String> aiFramework,
    int distributedTimeoutMinutes)
    implements KeyGroup {

  static LauncherArguments read(ConfigSection section) {
    int before = section.problems().count();
    LauncherArguments read =
        new LauncherArguments(
            section.optionalInteger("nproc_per_node", Limit.atLeast(1)),
            section.optionalInteger("nnodes", Limit.atLeast(1)),
            section.integer("node_rank", 0, Limit.NOT_NEGATIVE),
            section.text("master_addr", "localhost"),
            section.integer("master_port", 6000, Limit.between(1, 65535)),
            section.optionalInteger("local_worker_num", Limit.atLeast(1)),
            section.optionalInteger("worker_num", Limit.atLeast(1)),
            section.optionalText("log_dir"),
            section.optionalText("bind_core"),
            section.optionalChoice("distributed_backend", DistributedBackend.class),
            TrainDevice.read(section, "device"),
            section.optionalText("ai_framework"),
            section.integer("distributed_timeout_minutes", 10, Limit.atLeast(1)));
    if (section.problems().count() == before) {
      read.check(section);
    }
    return read;
  }

  private void check(ConfigSection section) {
    if ((long) workersPerNode() * nnodes.orElse(1) > Integer.MAX_VALUE) {
      section.report(
          "nnodes",
          "times " + workersPerNode() + " workers per node is more than 2147483647 workers");
      return;
    }
    if (nprocPerNode.isPresent()
        && localWorkerNum.isPresent()
        && nprocPerNode.getAsInt() != localWorkerNum.getAsInt()) {
      section.report(
          "local_worker_num", "must be equal to --nproc-per-node = " + nprocPerNode.getAsInt());
    }
    if (workerNum.isPresent() && workerNum.getAsInt() != worldSize()) {
      section.report(
          "worker_num", "must be equal to workers per node times nodes = " + worldSize());
    }
    if (nnodes.isPresent() && nodeRank >= nnodes.getAsInt()) {
      section.report("node_rank", "must be less than --nnodes = " + nnodes.getAsInt());
    }
  }

  /** Where the workers compute. */
  public TrainDevice trainDevice() {
    return device.orElse(TrainDevice.CPU);
  }

  /**
   * Library of the collectives with the device taken into account: without a choice it is the
   * device's own; on NPUs {@code nccl} is HCCL, as in scripts of the reference suite, and tensors
   * of the CPU are never anything but Gloo's where both are named.
   */
  public DistributedBackend collectives() {
    boolean npu = trainDevice() == TrainDevice.NPU;
    DistributedBackend given =
        distributedBackend.orElse(npu ? DistributedBackend.HCCL : DistributedBackend.GLOO);
    return switch (given) {
      case NCCL -> npu ? DistributedBackend.HCCL : DistributedBackend.NCCL;
      case HCCL_AND_GLOO -> npu ? DistributedBackend.HCCL_AND_GLOO : DistributedBackend.GLOO;
      case GLOO, HCCL -> given;
    };
  }

  /** Whether the number of workers per node was given. */
  public boolean hasWorkersPerNode() {
    return nprocPerNode.isPresent() || localWorkerNum.isPresent();
  }

  /** Workers per node; 1 if not given. */
  public int workersPerNode() {
    return nprocPerNode.orElse(localWorkerNum.orElse(1));
  }

  /** All workers: workers per node times nodes, each 1 if not given. */
  public int worldSize() {
    return Math.multiplyExact(workersPerNode(), nnodes.orElse(1));
  }
}
