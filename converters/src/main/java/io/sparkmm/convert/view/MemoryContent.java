package io.sparkmm.convert.view;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;

/** A tensor whose bytes are in memory. */
public final class MemoryContent implements TensorContent {

  private final TensorSpec spec;
  private final ByteBuffer bytes;

  private MemoryContent(TensorSpec spec, ByteBuffer bytes) {
    this.spec = spec;
    this.bytes = bytes;
  }

  /**
   * A tensor of the remaining bytes of a buffer, which must not change any more.
   *
   * @param bytes little-endian elements, row-major; its position stays
   * @throws IllegalArgumentException when the buffer has another number of bytes than the tensor
   */
  public static MemoryContent of(TensorSpec spec, ByteBuffer bytes) {
    if (bytes.remaining() != spec.byteSize()) {
      throw new IllegalArgumentException(
          "Cannot fill tensor "
              + spec.name()
              + " of "
              + spec.byteSize()
              + " bytes from "
              + bytes.remaining());
    }
    return new MemoryContent(spec, bytes.slice().asReadOnlyBuffer());
  }

  @Override
  public DType dtype() {
    return spec.dtype();
  }

  @Override
  public List<Long> shape() {
    return spec.shape();
  }

  /** The bytes themselves, since nothing else tells two of them apart. */
  @Override
  public String recipe() {
    byte[] all = new byte[bytes.remaining()];
    bytes.get(bytes.position(), all);
    return HexFormat.of().formatHex(all);
  }

  /** None, since nothing is read from files. */
  @Override
  public List<TensorView> views() {
    return List.of();
  }

  @Override
  public void read(long offset, ByteBuffer target, SourceFiles files) {
    target.put(bytes.slice(Math.toIntExact(offset), target.remaining()));
  }

  @Override
  public String toString() {
    return spec.dtype() + " " + spec.shape() + " in memory";
  }
}
