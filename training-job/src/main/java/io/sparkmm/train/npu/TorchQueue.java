package io.sparkmm.train.npu;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.List;
import java.util.function.Supplier;

/**
 * libtorch_npu's own queue of kernels, which a thread of its own hands to the device. Work in that
 * queue has no place in any stream yet: before something else reads or writes a tensor of a device,
 * the queue has to be empty and the device done.
 */
final class TorchQueue {
  private static final String LIBRARY = "libtorch_npu.so";

  /** {@code c10_npu::npuSynchronizeDevice(bool)}: empties the queue and waits for the device. */
  private static final String SYNCHRONIZE = "_ZN7c10_npu20npuSynchronizeDeviceEb";

  private static Function synchronize;

  private TorchQueue() {}

  /**
   * Waits until all that libtorch was told to compute on the device of this thread is done. The
   * function is C++ without a C form: an error inside of it ends the process.
   *
   * @throws NpuLibraryException if libtorch_npu is not loaded or does not have the function
   */
  static synchronized void drain() {
    if (synchronize == null) {
      synchronize = find();
    }
    synchronize.invoke(new Object[] {(byte) 1});
  }

  private static Function find() {
    List<Supplier<NativeLibrary>> places =
        List.of(NativeLibrary::getProcess, () -> NativeLibrary.getInstance(LIBRARY));
    for (Supplier<NativeLibrary> place : places) {
      try {
        return place.get().getFunction(SYNCHRONIZE);
      } catch (UnsatisfiedLinkError notThere) {
        continue;
      }
    }
    throw new NpuLibraryException(
        "Cannot wait for tensors of an NPU: "
            + LIBRARY
            + " is not loaded, or has no "
            + SYNCHRONIZE
            + "; load the library of a supported torch_npu version");
  }
}
