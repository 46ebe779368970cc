package io.sparkmm.train.input;

import io.sparkmm.train.torch.HostTensors;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A micro-batch on the training device. Made inside a tensor scope and gone with it.
 *
 * @param host the arrays that the tensors were made of; position ids and grids are read there
 * @param inputIds {@code [B, S]} int64
 * @param attentionMask {@code [B, S]} int64
 * @param labels {@code [B, S]} int64
 * @param pixelValues {@code [N, C*T*P*P]} in the compute type, empty without pictures
 */
public record Batch(
    HostBatch host,
    Tensor inputIds,
    Tensor attentionMask,
    Tensor labels,
    Optional<Tensor> pixelValues) {
  public Batch {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(pixelValues, "pixelValues");
  }

  /**
   * Copies a collated micro-batch to a device.
   *
   * @param host the collated arrays
   * @param device where the model computes
   * @param computeType type of {@code pixelValues}
   * @throws IllegalArgumentException if the pixel array is not a whole number of patches
   */
  public static Batch of(HostBatch host, Device device, ScalarType computeType) {
    long rows = host.rows();
    long columns = host.columns();
    long patches = 0;
    for (int[] grid : host.imageGrids()) {
      patches += (long) grid[0] * grid[1] * grid[2];
    }
    int values = host.pixelValues().length;
    if (patches == 0 ? values != 0 : values == 0 || values % patches != 0) {
      throw new IllegalArgumentException(
          "Cannot make a batch of samples "
              + host.sampleIds()
              + ": "
              + values
              + " pixel values for "
              + patches
              + " patches");
    }
    Optional<Tensor> pixels = Optional.empty();
    if (patches > 0) {
      pixels =
          Optional.of(
              HostTensors.of(host.pixelValues(), patches, values / patches)
                  .to(device, computeType));
    }
    return new Batch(
        host,
        HostTensors.of(host.inputIds(), rows, columns).to(device, ScalarType.Long),
        HostTensors.of(host.attentionMask(), rows, columns).to(device, ScalarType.Long),
        HostTensors.of(host.labels(), rows, columns).to(device, ScalarType.Long),
        pixels);
  }
}
