package io.sparkmm.train.torch;

import org.bytedeco.javacpp.Pointer;

/**
 * Who frees a native object. Java does so for what its constructors made, when the last scope that
 * holds it closes or the garbage collector finds it. Some native methods take such an object over
 * without telling Java; then it would be freed twice.
 */
public final class NativeOwnership {
  private NativeOwnership() {}

  /**
   * Makes Java never free an object that native code has taken over. It must not be handed to
   * native code as an owner a second time.
   */
  public static void handOver(Pointer object) {
    // Without a reference of its own the scope around it would still free it.
    object.retainReference();
    object.deallocate(false);
  }
}
