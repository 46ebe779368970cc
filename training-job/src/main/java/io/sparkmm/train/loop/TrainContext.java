package io.sparkmm.train.loop;

import io.sparkmm.train.comm.Collectives;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a worker knows of its run.
 *
 * @param dataParallel the data-parallel group; its rank and size place this worker
 * @param computeType type of floating-point inputs and of computation
 * @param microBatchSize rows of a micro-batch
 * @param seed seed of the run
 * @param consumedSamples samples trained on before the data are opened, over all ranks
 * @param deviceName where the model computes, as libtorch writes it, for example {@code cpu} or
 *     {@code npu:0}
 */
public record TrainContext(
    Collectives dataParallel,
    ScalarType computeType,
    int microBatchSize,
    long seed,
    long consumedSamples,
    String deviceName) {
  private static final String HOST = "cpu";

  /** A run that starts at the beginning. */
  public TrainContext(
      Collectives dataParallel, ScalarType computeType, int microBatchSize, long seed) {
    this(dataParallel, computeType, microBatchSize, seed, HOST);
  }

  /** A run that starts at the beginning, on a device. */
  public TrainContext(
      Collectives dataParallel,
      ScalarType computeType,
      int microBatchSize,
      long seed,
      String deviceName) {
    this(dataParallel, computeType, microBatchSize, seed, 0, deviceName);
  }

  /** The same run, whose data go on after a number of samples. */
  public TrainContext after(long samples) {
    return new TrainContext(dataParallel, computeType, microBatchSize, seed, samples, deviceName);
  }

  /** Where the model computes. */
  public Device device() {
    return new Device(deviceName);
  }

  /** This worker's rank. */
  public int rank() {
    return dataParallel.rank();
  }

  /** Number of workers. */
  public int worldSize() {
    return dataParallel.size();
  }
}
