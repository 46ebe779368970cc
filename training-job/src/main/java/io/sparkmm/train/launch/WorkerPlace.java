package io.sparkmm.train.launch;

import io.sparkmm.train.npu.host.NpuAddress;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * Where a worker stands: what the rendezvous found out about it and its peers.
 *
 * @param rank number of this worker in the job, from 0; workers of one host have adjacent ranks
 * @param worldSize number of workers
 * @param localRank number of this worker among those of its host, from 0
 * @param localWorldSize number of workers on this host
 * @param host name or address under which peers reach this worker
 * @param executorId Spark executor that the worker runs in
 * @param partition Spark partition of the worker's task
 * @param cores CPU cores that Spark gave to the task
 * @param devices NPUs that Spark gave to the task; one if the job uses them, else none
 * @param masterHost host of rank 0
 * @param masterPort TCP port on the master host that rank 0 listens on
 * @param generation name of this attempt, different for every attempt of every job
 */
public record WorkerPlace(
    int rank,
    int worldSize,
    int localRank,
    int localWorldSize,
    String host,
    String executorId,
    int partition,
    int cores,
    List<NpuAddress> devices,
    String masterHost,
    int masterPort,
    String generation)
    implements Serializable {
  public WorkerPlace {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(executorId, "executorId");
    Objects.requireNonNull(masterHost, "masterHost");
    Objects.requireNonNull(generation, "generation");
    devices = List.copyOf(devices);
    if (rank < 0 || rank >= worldSize) {
      throw new IllegalArgumentException("Cannot place rank " + rank + " of " + worldSize);
    }
  }
}
