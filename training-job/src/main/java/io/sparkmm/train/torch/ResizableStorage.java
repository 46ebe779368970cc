package io.sparkmm.train.torch;

import io.sparkmm.train.memory.TensorScope;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.DataPtr;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.StorageImpl;
import org.bytedeco.pytorch.Tensor;

/**
 * Frees and restores the memory behind a tensor and all its views, while they themselves live on.
 * Autograd may keep such views between forward and backward; they see the new memory.
 *
 * <p>Any computation with a tensor whose memory is freed ends the process. Whoever uses this class
 * must know at every point whether the memory is there.
 */
public final class ResizableStorage {
  private final Tensor tensor;
  private final long bytes;
  private boolean allocated = true;

  /**
   * Takes charge of a tensor's storage, which is allocated.
   *
   * @param tensor stays the caller's and must outlive this object
   */
  public ResizableStorage(Tensor tensor) {
    this.tensor = tensor;
    try (TensorScope scope = TensorScope.open()) {
      bytes = tensor.storage().unsafeGetStorageImpl().nbytes();
    }
  }

  /** Whether the memory is there. */
  public boolean allocated() {
    return allocated;
  }

  /** Size of the memory when it is there. */
  public long bytes() {
    return bytes;
  }

  /** Gives the memory back; does nothing if it is not there. */
  public void free() {
    if (!allocated) {
      return;
    }
    try (TensorScope scope = TensorScope.open()) {
      Device device = tensor.device();
      StorageImpl storage = tensor.storage().unsafeGetStorageImpl();
      storage.set_data_ptr_noswap(new DataPtr(new Pointer(), device));
      storage.set_nbytes(0L);
    }
    allocated = false;
  }

  /** Gets memory with undefined content; does nothing if it is there. */
  public void allocate() {
    if (allocated) {
      return;
    }
    try (TensorScope scope = TensorScope.open()) {
      StorageImpl storage = tensor.storage().unsafeGetStorageImpl();
      storage.set_data_ptr_noswap(storage.allocator()._allocate(bytes));
      storage.set_nbytes(bytes);
    }
    allocated = true;
  }
}
