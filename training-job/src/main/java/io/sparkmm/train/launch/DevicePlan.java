package io.sparkmm.train.launch;

import io.sparkmm.conf.DistributedBackend;
import io.sparkmm.conf.TrainDevice;
import io.sparkmm.conf.TrainingConfiguration;
import java.io.Serializable;
import java.util.Objects;

/**
 * Where the workers of a run compute and how they exchange tensors.
 *
 * @param device kind of device
 * @param collectives library of the collectives, with the device taken into account
 */
public record DevicePlan(TrainDevice device, DistributedBackend collectives)
    implements Serializable {
  /** Host memory, processors and Gloo. */
  static final DevicePlan CPU = new DevicePlan(TrainDevice.CPU, DistributedBackend.GLOO);

  public DevicePlan {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(collectives, "collectives");
  }

  /** What a configuration asks for. */
  static DevicePlan of(TrainingConfiguration configuration) {
    var launcher = configuration.launch().launcher();
    return new DevicePlan(launcher.trainDevice(), launcher.collectives());
  }

  /** Whether each worker needs an NPU, to compute or to exchange tensors. */
  boolean npus() {
    return device == TrainDevice.NPU || exchangesOnNpus();
  }

  /** Whether HCCL exchanges tensors. */
  boolean exchangesOnNpus() {
    return collectives == DistributedBackend.HCCL
        || collectives == DistributedBackend.HCCL_AND_GLOO;
  }
}
