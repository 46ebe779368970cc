package io.sparkmm.convert.plan;

import java.util.List;

/**
 * The complete layout of a file to be written, known before any byte of a tensor is. Literals and
 * tensors together cover the file exactly once.
 */
public interface FileLayout {

  /** Size of the finished file in bytes. */
  long size();

  /** The ranges that take tensors, in the order of the file. */
  List<TensorPlace> tensors();

  /**
   * All other bytes.
   *
   * @param crc32 the CRC-32 (as in zip) of the bytes of each of {@link #tensors()}, in their order;
   *     positions and lengths of the literals do not depend on it
   */
  List<Literal> literals(long[] crc32);
}
