package io.sparkmm.train.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What the result of a computation depends on besides its inputs: random generators of the host and
 * of the devices in use, the rank's stream, and automatic casts. Grad mode is not part of it.
 */
public final class RunState {
  /** Automatic casts of a kind of device. */
  private record Autocast(boolean enabled, ScalarType type) {
    static Autocast of(DeviceType device) {
      return new Autocast(torch.is_autocast_enabled(device), torch.get_autocast_dtype(device));
    }

    void apply(DeviceType device) {
      torch.set_autocast_enabled(device, enabled);
      torch.set_autocast_dtype(device, type);
      if (!enabled) {
        torch.clear_cache();
      }
    }
  }

  /** Generator of a device and its state. */
  private record Random(Device device, Tensor state) {}

  private final List<Random> random;
  private final Optional<Tensor> stream;
  private final Map<DeviceType, Autocast> casts;

  private RunState(List<Random> random, Optional<Tensor> stream, Map<DeviceType, Autocast> casts) {
    this.random = random;
    this.stream = stream;
    this.casts = casts;
  }

  /** The state now; lives as long as the current scope. */
  public static RunState capture(Tensor... inputs) {
    List<Device> devices = new ArrayList<>();
    devices.add(new Device(DeviceType.CPU));
    for (Tensor input : inputs) {
      Device device = input.device();
      if (devices.stream().noneMatch(device::equals)) {
        devices.add(device);
      }
    }
    return capture(devices);
  }

  private static RunState capture(List<Device> devices) {
    List<Random> random = new ArrayList<>();
    Map<DeviceType, Autocast> casts = new LinkedHashMap<>();
    for (Device device : devices) {
      random.add(new Random(device, generator(device).get_state()));
      DeviceType type = device.type().intern();
      casts.computeIfAbsent(type, Autocast::of);
    }
    Optional<Tensor> stream =
        RandomStream.begun() ? Optional.of(RandomStream.state()) : Optional.empty();
    return new RunState(random, stream, casts);
  }

  /** Runs a computation in this state and brings back the one that was there before. */
  public void during(Runnable computation) {
    RunState before = capture(random.stream().map(Random::device).toList());
    restore();
    try {
      computation.run();
    } finally {
      before.restore();
    }
  }

  private void restore() {
    for (Random each : random) {
      generator(each.device()).set_state(each.state());
    }
    stream.ifPresent(RandomStream::restore);
    casts.forEach((device, autocast) -> autocast.apply(device));
  }

  private static Generator generator(Device device) {
    return torch.globalContext().defaultGenerator(device);
  }
}
