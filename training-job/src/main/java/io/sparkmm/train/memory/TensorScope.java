package io.sparkmm.train.memory;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Owner of every native object that is made on this thread between its construction and {@link
 * #close()}. Scopes nest; closing one frees what was made inside it, except what {@link #keep}
 * moved out.
 *
 * <p>Every block that creates tensors runs in a scope, one per micro-step: the garbage collector
 * does not know how large a tensor is.
 */
public final class TensorScope implements AutoCloseable {
  private final PointerScope scope = new PointerScope();

  /** Opens a scope on the calling thread. */
  public static TensorScope open() {
    return new TensorScope();
  }

  private TensorScope() {}

  /**
   * Makes a tensor outlive the scope. The caller owns it then and frees it with {@link #release}.
   */
  public static Tensor keep(Tensor tensor) {
    tensor.retainReference();
    return tensor;
  }

  /** Frees a tensor that was kept. */
  public static void release(Tensor tensor) {
    tensor.releaseReference();
  }

  @Override
  public void close() {
    scope.close();
  }
}
