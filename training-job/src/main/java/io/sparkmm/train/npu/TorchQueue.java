package io.sparkmm.train.npu;

/**
 * libtorch_npu's own queue of kernels, which a thread of its own hands to the device. Work in that
 * queue has no place in any stream yet: before something else reads or writes a tensor of a device,
 * the queue has to be empty and the device done.
 */
final class TorchQueue {
  private TorchQueue() {}

  /**
   * Waits until all that libtorch was told to compute on the device of this process is done.
   *
   * @throws NpuLibraryException if libtorch_npu was not loaded
   */
  static void drain() {
    NpuTorch.loaded()
        .orElseThrow(
            () ->
                new NpuLibraryException(
                    "Cannot exchange tensors of an NPU: libtorch_npu.so was not loaded in this"
                        + " process; give --device npu"))
        .synchronize();
  }
}
