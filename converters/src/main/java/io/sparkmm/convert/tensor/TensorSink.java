package io.sparkmm.convert.tensor;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * Receives the bytes of tensors that were declared before. Tensors may be written in any order and
 * in pieces; the pieces of one tensor follow each other. Nothing is visible at the target before
 * {@link #commit}; closing without it discards everything. Not safe for use by several threads.
 */
public interface TensorSink extends AutoCloseable {

  /**
   * Appends the rest of {@code bytes} to a tensor.
   *
   * @param bytes little-endian elements, row-major
   */
  void append(String name, ByteBuffer bytes);

  /**
   * Appends bytes of {@code source} until the tensor is complete.
   *
   * @throws RuntimeException the module's exception when the channel ends before
   */
  void appendFrom(String name, ReadableByteChannel source);

  /**
   * Makes the result visible as a whole.
   *
   * @throws RuntimeException the module's exception, listing the tensors, when bytes are missing
   */
  void commit();

  @Override
  void close();
}
