package io.sparkmm.train.fsdp;

import io.sparkmm.train.torch.Constants;
import java.util.Objects;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Where the tensors of a sharded model live. Whole weights, exchanges and the computation are on
 * the device. Shards, their gradients and the optimizer's state are there too, or on the host: then
 * shards are copied to the device before each gather, averaged gradients to the host after each
 * reduction, and the optimizer computes on the host.
 *
 * <p>On a CPU device both places are the same memory, so offloading changes and saves nothing.
 *
 * @param device name of the device as libtorch writes it, for example {@code cpu} or {@code npu:0}
 * @param offload whether shards live on the host
 * @param pinned whether that host memory is page-locked, which speeds copies to a device up;
 *     without effect on a CPU device
 */
public record Residence(String device, boolean offload, boolean pinned) {
  private static final String HOST = "cpu";

  /** Everything in host memory, where the computation is. */
  public static final Residence CPU = new Residence(HOST, false, false);

  public Residence {
    Objects.requireNonNull(device, "device");
  }

  /** Whether shards are somewhere else than what is computed with them. */
  boolean copies() {
    return offload && !device.equals(HOST);
  }

  /** Memory of undefined content for computation and exchange; belongs to the current scope. */
  Tensor computed(long elements, ScalarType type) {
    return torch.empty(new long[] {elements}, options(type, device), Constants.NO_FORMAT);
  }

  /** Zeros for shards or their gradients; belongs to the current scope. */
  Tensor stored(long elements, ScalarType type) {
    TensorOptions options = options(type, copies() ? HOST : device);
    if (copies() && pinned) {
      options = options.pinned_memory(new BoolOptional(true));
    }
    return torch.zeros(new long[] {elements}, options);
  }

  /** A tensor in the place and type of a stored one; the same object if it is there. */
  Tensor storedLike(Tensor stored, Tensor computed) {
    return copies() ? computed.to(stored.device(), stored.scalar_type()) : computed;
  }

  private static TensorOptions options(ScalarType type, String device) {
    TensorOptions options = new TensorOptions(type);
    if (device.equals(HOST)) {
      return options;
    }
    return options.device(new org.bytedeco.pytorch.DeviceOptional(new Device(device)));
  }
}
