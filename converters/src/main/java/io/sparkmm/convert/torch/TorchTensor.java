package io.sparkmm.convert.torch;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.torch.TorchException.Kind;
import io.sparkmm.convert.view.StoredTensor;
import java.util.List;
import java.util.Optional;

/**
 * A tensor of a file: a view of a storage. All its elements lie inside of the storage.
 *
 * @param type element type
 * @param shape sizes of the dimensions; empty for a scalar
 * @param strides elements between neighbours along each dimension; not negative
 * @param begin absolute offset in the file of the element with all indices 0
 * @param storage the storage, possibly shared with other tensors
 */
public record TorchTensor(
    TorchType type, List<Long> shape, List<Long> strides, long begin, TorchStorage storage) {

  private static final int MAX_DIMENSIONS = 64;

  /** Copies the lists. */
  public TorchTensor {
    shape = List.copyOf(shape);
    strides = List.copyOf(strides);
  }

  /**
   * A view, checked.
   *
   * @param offset elements of {@code type} before the first one
   * @throws IllegalArgumentException when an element lies outside of the storage
   */
  static TorchTensor of(
      TorchStorage storage, TorchType type, long offset, List<Long> shape, List<Long> strides) {
    if (shape.size() != strides.size() || shape.size() > MAX_DIMENSIONS) {
      throw new IllegalArgumentException(
          "a tensor has " + shape.size() + " sizes and " + strides.size() + " strides");
    }
    boolean negative = offset < 0;
    boolean empty = false;
    for (int dim = 0; dim < shape.size(); dim++) {
      negative |= shape.get(dim) < 0 || strides.get(dim) < 0;
      empty |= shape.get(dim) == 0;
    }
    if (negative) {
      throw new IllegalArgumentException(
          "a tensor has shape " + shape + ", strides " + strides + ", offset " + offset);
    }
    try {
      long elements = 1;
      long last = offset;
      for (int dim = 0; dim < shape.size(); dim++) {
        elements = Math.multiplyExact(elements, shape.get(dim));
        if (!empty) {
          last = Math.addExact(last, Math.multiplyExact(shape.get(dim) - 1, strides.get(dim)));
        }
      }
      Math.multiplyExact(elements, (long) type.byteSize());
      long end = Math.multiplyExact(empty ? last : Math.addExact(last, 1), (long) type.byteSize());
      if (end > storage.byteSize()) {
        throw new IllegalArgumentException(
            "a tensor of "
                + type
                + " "
                + shape
                + " with strides "
                + strides
                + " at element "
                + offset
                + " ends at byte "
                + end
                + " of storage "
                + storage.key()
                + ", which has "
                + storage.byteSize());
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "a tensor of " + type + " " + shape + " with strides " + strides + " exceeds 63 bits", e);
    }
    return new TorchTensor(
        type, shape, strides, storage.begin() + offset * type.byteSize(), storage);
  }

  /** The element type as other formats know it; empty for complex, quantised and packed types. */
  public Optional<DType> dtype() {
    return type.dtype();
  }

  /** Number of elements; 1 for a scalar, 0 when any size is 0. */
  public long elements() {
    return shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
  }

  /**
   * The tensor as input of a conversion.
   *
   * @param name its name, for the conversion and for messages
   * @throws TorchException when its type cannot be converted, or when it has more elements than its
   *     storage, because they overlap
   */
  public StoredTensor stored(String name) {
    DType known =
        dtype()
            .orElseThrow(
                () ->
                    unsupported(
                        "tensor " + name + " is of " + type + "; known are " + DType.names()));
    if (elements() > storage.byteSize() / type.byteSize()) {
      throw unsupported(
          "tensor "
              + name
              + " of shape "
              + shape
              + " has more elements than its storage, because they overlap (strides "
              + strides
              + "); save it after contiguous()");
    }
    return new StoredTensor(
        new TensorSpec(name, known, shape), storage.file(), begin, strides, storage.checksum());
  }

  private TorchException unsupported(String reason) {
    return TorchException.cannotRead(Kind.UNSUPPORTED_TENSOR, storage.file(), reason);
  }

  @Override
  public String toString() {
    return "a tensor of " + type + " " + shape;
  }
}
