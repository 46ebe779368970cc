package io.sparkmm.convert.dcp;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor and its stored parts.
 *
 * @param key its name
 * @param spec flat name, element type and shape of the whole
 * @param chunks its parts; for the tensors of a whole checkpoint they cover it exactly once
 */
public record DcpTensor(DcpKey key, TensorSpec spec, List<DcpChunk> chunks) {

  /**
   * @throws IllegalArgumentException when a part does not lie in the tensor
   */
  public DcpTensor {
    chunks = List.copyOf(chunks);
    for (DcpChunk chunk : chunks) {
      if (!chunk.box().isIn(spec.shape())) {
        throw new IllegalArgumentException(
            "chunk " + chunk.box() + " does not lie in shape " + spec.shape());
      }
    }
  }

  /** A tensor with one part of it, or with all. */
  public static DcpTensor of(DcpKey key, DType dtype, List<Long> shape, List<DcpChunk> chunks) {
    return new DcpTensor(key, new TensorSpec(key.flat(), dtype, shape), chunks);
  }

  /** The tensor with the parts of both. */
  DcpTensor with(DcpTensor other) {
    if (!spec.equals(other.spec) || !key.equals(other.key)) {
      throw DcpException.of(
          DcpException.Kind.CONFLICT,
          "Cannot join parts of " + key + ": " + spec + " and " + other.spec);
    }
    List<DcpChunk> all = new ArrayList<>(chunks);
    all.addAll(other.chunks);
    return new DcpTensor(key, spec, all);
  }
}
