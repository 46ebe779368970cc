package io.sparkmm.train.launch;

import io.sparkmm.conf.DistributedBackend;
import io.sparkmm.conf.TrainDevice;
import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.CollectivesProviders;
import io.sparkmm.train.comm.CollectivesSettings;
import io.sparkmm.train.comm.DeviceCollectives;
import io.sparkmm.train.npu.NpuTorch;
import io.sparkmm.train.npu.host.HostException;
import io.sparkmm.train.npu.host.NpuAddress;
import io.sparkmm.train.npu.host.NpuHost;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** What one worker computes on and exchanges tensors with. */
final class WorkerDevice {
  private static final String HOST = "cpu";

  private final DevicePlan plan;
  private final WorkerPlace place;
  private final String name;

  private WorkerDevice(DevicePlan plan, WorkerPlace place, String name) {
    this.plan = plan;
    this.place = place;
    this.name = name;
  }

  /**
   * Makes the device ready.
   *
   * @throws HostException if this host cannot serve the plan
   */
  static WorkerDevice open(DevicePlan plan, WorkerContext context) {
    WorkerPlace place = context.place();
    if (!plan.npus()) {
      return new WorkerDevice(plan, place, HOST);
    }
    NpuAddress address = place.devices().get(0);
    context
        .report()
        .note(
            "rank "
                + place.rank()
                + " uses "
                + address.describe()
                + " of "
                + place.host()
                + ": "
                + NpuHost.look(System.getenv(), Path.of("/")).line());
    if (plan.device() == TrainDevice.CPU) {
      return new WorkerDevice(plan, place, HOST);
    }
    SparkConf conf = SparkEnv.get().conf();
    if (!conf.contains(Npus.TORCH_NPU_KEY)) {
      throw new HostException(
          "Cannot compute on "
              + address.torchName()
              + ": "
              + Npus.TORCH_NPU_KEY
              + " is not set; name the folder on the executors that has libtorch_npu.so, built"
              + " without Python (docs/npu.md)");
    }
    NpuTorch.load(Path.of(conf.get(Npus.TORCH_NPU_KEY)), address, System.getenv());
    return new WorkerDevice(plan, place, address.torchName());
  }

  /** The device's name as libtorch writes it. */
  String name() {
    return name;
  }

  /**
   * Meets the other workers.
   *
   * @param timeout longest wait for them, at the meeting and in every operation
   * @throws HostException if the library of the collectives cannot be used here
   * @throws CollectiveException if they do not come together
   */
  Collectives connect(Duration timeout) {
    CollectivesProviders providers = CollectivesProviders.load();
    if (place.worldSize() == 1) {
      return create(providers, "local", timeout);
    }
    if (plan.collectives() != DistributedBackend.HCCL_AND_GLOO) {
      return create(providers, plan.exchangesOnNpus() ? "hccl" : "gloo", timeout);
    }
    Collectives devices = create(providers, "hccl", timeout);
    try {
      return DeviceCollectives.of(
          devices, port -> create(providers, "gloo", settings(port, timeout)));
    } catch (RuntimeException e) {
      devices.close();
      throw e;
    }
  }

  private Collectives create(CollectivesProviders providers, String name, Duration timeout) {
    return create(providers, name, settings(place.masterPort(), timeout));
  }

  private static Collectives create(
      CollectivesProviders providers, String name, CollectivesSettings settings) {
    try {
      return providers.find(name).create(settings);
    } catch (IllegalArgumentException e) {
      throw new HostException(e.getMessage(), e);
    }
  }

  private CollectivesSettings settings(int port, Duration timeout) {
    CollectivesSettings settings =
        new CollectivesSettings(
            place.rank(),
            place.worldSize(),
            place.masterHost(),
            port,
            place.generation(),
            timeout,
            Math.max(1, Math.min(2, place.cores())));
    return place.devices().isEmpty()
        ? settings
        : settings.withDevice(place.devices().get(0).index());
  }
}
