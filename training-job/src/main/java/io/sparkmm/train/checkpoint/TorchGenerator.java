package io.sparkmm.train.checkpoint;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.RandomStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** State of a rank's random numbers, which dropout draws from. */
final class TorchGenerator {
  private TorchGenerator() {}

  /** The state of the calling thread's {@link RandomStream}. */
  static byte[] state() {
    try (TensorScope scope = TensorScope.open()) {
      Tensor state = RandomStream.state().contiguous();
      byte[] bytes = new byte[Math.toIntExact(state.numel())];
      new BytePointer(state.data_ptr()).get(bytes);
      return bytes;
    }
  }

  /**
   * Lets the calling thread's {@link RandomStream} go on from a state.
   *
   * @throws IllegalArgumentException if it has another size than this libtorch's states
   */
  static void restore(byte[] bytes) {
    try (TensorScope scope = TensorScope.open()) {
      long expected = RandomStream.state().numel();
      if (bytes.length != expected) {
        throw new IllegalArgumentException(
            "the state of the random generator has " + bytes.length + " bytes, not " + expected);
      }
      Tensor state = torch.zeros(new long[] {bytes.length}, new TensorOptions(ScalarType.Byte));
      new BytePointer(state.data_ptr()).put(bytes);
      RandomStream.restore(state);
    }
  }
}
