package io.sparkmm.convert.dcp;

import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.TensorContent;
import java.util.List;

/**
 * A tensor to be saved, or the part of one that a rank has.
 *
 * @param key its name
 * @param shape sizes of the whole
 * @param box which part
 * @param content the elements of the part
 */
public record DcpShard(DcpKey key, List<Long> shape, Box box, TensorContent content) {

  /**
   * @throws IllegalArgumentException when the part does not lie in the whole, or the content has
   *     another shape than the part
   */
  public DcpShard {
    shape = List.copyOf(shape);
    if (!box.isIn(shape) || !box.sizes().equals(content.shape())) {
      throw new IllegalArgumentException(
          "Cannot save of " + key + " " + shape + " the part " + box + " as " + content);
    }
  }

  /** A part of a tensor. */
  public static DcpShard part(
      DcpKey key, List<Long> shape, List<Long> offsets, TensorContent content) {
    return new DcpShard(key, shape, new Box(offsets, content.shape()), content);
  }

  /** A whole tensor. */
  public static DcpShard whole(DcpKey key, TensorContent content) {
    return new DcpShard(key, content.shape(), Box.whole(content.shape()), content);
  }

  /** The archive's tensor; parts are told apart by their first index. */
  TensorSpec stored() {
    String name = box.sizes().equals(shape) ? key.flat() : key.flat() + box.offsets();
    return new TensorSpec(name, content.dtype(), content.shape());
  }

  /** What the metadata say about it. */
  DcpTensor at(DcpPlace place) {
    return DcpTensor.of(key, content.dtype(), shape, List.of(new DcpChunk(box, place)));
  }
}
