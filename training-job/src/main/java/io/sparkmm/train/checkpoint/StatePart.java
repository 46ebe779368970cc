package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpKey;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * A tensor of the training state, or the rows of one that this rank has. The tensor stays that of
 * the model or the optimizer and changes with the next update.
 *
 * @param key its name
 * @param shape sizes of the whole
 * @param offsets first index along each dimension
 * @param tensor the values
 */
record StatePart(DcpKey key, List<Long> shape, List<Long> offsets, Tensor tensor) {
  StatePart {
    shape = List.copyOf(shape);
    offsets = List.copyOf(offsets);
  }
}
