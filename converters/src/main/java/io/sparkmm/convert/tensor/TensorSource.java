package io.sparkmm.convert.tensor;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tensors that can be read by name, from one file or from a folder of shards. Safe for use by many
 * threads until closed.
 */
public interface TensorSource extends AutoCloseable {

  /** All tensors; the order is fixed by the files, not by the machine. */
  List<TensorRef> tensors();

  /** The tensor of this name; empty when there is none. */
  Optional<TensorRef> find(String name);

  /**
   * The tensor of this name.
   *
   * @throws RuntimeException the module's exception, naming the source, when there is none
   */
  TensorRef tensor(String name);

  /** Free text pairs stored beside the tensors, such as {@code format=pt}; sorted by key. */
  Map<String, String> metadata();

  /**
   * Fills the rest of {@code target} with bytes of a tensor.
   *
   * @param name tensor name
   * @param offset first byte to read, counted from the start of the tensor
   * @param target receives {@code target.remaining()} bytes; its position moves to its limit
   */
  void read(String name, long offset, ByteBuffer target);

  /**
   * A read-only little-endian view of a part of a tensor, mapped and not copied. It stays valid
   * after the source is closed and lives as long as the buffer is reachable.
   *
   * @param offset first byte, counted from the start of the tensor
   * @param length bytes in the view
   */
  ByteBuffer window(String name, long offset, int length);

  /**
   * The whole tensor as a read-only little-endian view.
   *
   * @throws RuntimeException the module's exception when the tensor has more than 2^31-1 bytes; use
   *     {@link #window} then
   */
  ByteBuffer map(String name);

  @Override
  void close();
}
