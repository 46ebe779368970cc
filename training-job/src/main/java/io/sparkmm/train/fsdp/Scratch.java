package io.sparkmm.train.fsdp;

import io.sparkmm.train.memory.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Memory of one exchange after the other; it grows to what the largest of them needs. */
final class Scratch implements AutoCloseable {
  private final Residence residence;
  private Optional<Tensor> bytes = Optional.empty();
  private long size;
  private int generation;
  private boolean taken;

  /** Starts without memory. */
  Scratch(Residence residence) {
    this.residence = residence;
  }

  /** Bytes that are there. */
  long size() {
    return size;
  }

  boolean taken() {
    return taken;
  }

  /** Takes the memory for an exchange, as large as it needs. */
  void take(long need) {
    taken = true;
    if (need <= size) {
      return;
    }
    close();
    try (TensorScope scope = TensorScope.open()) {
      bytes = Optional.of(TensorScope.keep(residence.computed(need, ScalarType.Byte)));
    }
    size = need;
    generation++;
  }

  /** Leaves the memory to the next exchange. */
  void leave() {
    taken = false;
  }

  /** Changes whenever the memory is another one, and views of the old one are useless. */
  int generation() {
    return generation;
  }

  /**
   * A part of the memory as a flat tensor; belongs to the current scope.
   *
   * @param offset first byte, a multiple of the element size
   */
  Tensor part(long offset, long elements, ScalarType type) {
    long length = elements * elementBytes(type);
    return bytes.orElseThrow().narrow(0, offset, length).view(type);
  }

  static long elementBytes(ScalarType type) {
    return torch.elementSize(type);
  }

  @Override
  public void close() {
    bytes.ifPresent(TensorScope::release);
    bytes = Optional.empty();
    size = 0;
  }
}
