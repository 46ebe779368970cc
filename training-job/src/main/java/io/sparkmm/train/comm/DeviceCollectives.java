package io.sparkmm.train.comm;

import io.sparkmm.train.torch.HostTensors;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Two groups of the same workers: one exchanges tensors on devices, the other those in host memory,
 * such as offloaded shards. All ranks give tensors of the same kind to an operation.
 */
public final class DeviceCollectives implements Collectives {
  private final Collectives devices;
  private final Collectives host;

  private DeviceCollectives(Collectives devices, Collectives host) {
    this.devices = devices;
    this.host = host;
  }

  /**
   * Adds a group for host memory.
   *
   * @param devices the group for devices, which this one closes
   * @param join joins the group for host memory, whose rank 0 listens on the given port
   */
  public static Collectives of(Collectives devices, IntFunction<Collectives> join) {
    return new DeviceCollectives(devices, join.apply(agreedPort(devices)));
  }

  /** A port that was free at rank 0 a moment ago. */
  private static int agreedPort(Collectives group) {
    try (PointerScope scope = new PointerScope()) {
      long[] port = {group.rank() == 0 ? freePort() : 0};
      Tensor told = HostTensors.of(port, port.length);
      group.broadcast(told, 0).await();
      return Math.toIntExact(told.item_long());
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new CollectiveException("Cannot find a free port: " + e.getMessage(), e);
    }
  }

  @Override
  public String backend() {
    return devices.backend() + " and, for host memory, " + host.backend();
  }

  @Override
  public String transport() {
    return devices.transport() + " and, for host memory, " + host.transport();
  }

  @Override
  public int rank() {
    return devices.rank();
  }

  @Override
  public int size() {
    return devices.size();
  }

  @Override
  public Pending allGather(Tensor output, Tensor input) {
    return of(input).allGather(output, input);
  }

  @Override
  public Pending reduceScatter(Tensor output, Tensor input, Reduction reduction) {
    return of(input).reduceScatter(output, input, reduction);
  }

  @Override
  public Pending allReduce(Tensor tensor, Reduction reduction) {
    return of(tensor).allReduce(tensor, reduction);
  }

  @Override
  public Pending broadcast(Tensor tensor, int root) {
    return of(tensor).broadcast(tensor, root);
  }

  @Override
  public void barrier(Duration timeout) {
    host.barrier(timeout);
  }

  @Override
  public Collectives split(List<int[]> groups, String name) {
    return new DeviceCollectives(devices.split(groups, name), host.split(groups, name));
  }

  @Override
  public void abort() {
    devices.abort();
    host.abort();
  }

  @Override
  public void close() {
    List<RuntimeException> problems = new ArrayList<>();
    for (Collectives group : List.of(devices, host)) {
      try {
        group.close();
      } catch (RuntimeException e) {
        problems.add(e);
      }
    }
    if (!problems.isEmpty()) {
      RuntimeException first = problems.get(0);
      problems.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  private Collectives of(Tensor tensor) {
    return tensor.is_cpu() ? host : devices;
  }
}
