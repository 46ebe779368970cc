package io.sparkmm.train.torch;

import io.sparkmm.train.memory.TensorScope;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.FunctionPostHook;
import org.bytedeco.pytorch.Node;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.VoidTensorHook;

/**
 * Callbacks from the backward pass. Native code does not keep the returned objects alive: the
 * caller must hold them until the last backward pass that shall call them is over.
 *
 * <p>An exception that a callback throws ends the backward pass with an exception that has only its
 * text.
 */
public final class GradientHooks {
  private GradientHooks() {}

  /**
   * Calls back after each backward pass has added to the gradient of a leaf.
   *
   * @param leaf requires a gradient, and must not have been used yet
   * @return to be held for as long as the leaf is used, then closed
   */
  public static Subscription afterAccumulation(Tensor leaf, Runnable action) {
    try (TensorScope scope = TensorScope.open();
        AutoGradMode recording = new AutoGradMode(true)) {
      Node node = leaf.view_as(leaf).grad_fn().next_edge(0).function();
      node.retainReference();
      AfterNode hook = new AfterNode(action);
      node.add_post_hook(hook);
      // The node owns the hook now and frees it; a second owner would free it twice.
      NativeOwnership.handOver(hook);
      return new Subscription(node, hook);
    }
  }

  /**
   * Calls back when the backward pass has computed the gradient of a tensor, before it goes on to
   * what made the tensor.
   *
   * @param tensor requires a gradient
   * @return to be held until the backward pass is over and then released; outlives the current
   *     scope
   */
  public static Pointer whenGradient(Tensor tensor, Runnable action) {
    OnTensor hook = new OnTensor(action);
    hook.retainReference();
    tensor.register_hook(hook);
    return hook;
  }

  /**
   * Keeps a callback of a leaf alive. The leaf itself holds its node only weakly: without this it
   * would get a new one, which knows nothing of the callback.
   */
  public static final class Subscription implements AutoCloseable {
    private final Node node;

    @SuppressWarnings("UnusedVariable")
    private final FunctionPostHook hook;

    private Subscription(Node node, FunctionPostHook hook) {
      this.node = node;
      this.hook = hook;
    }

    /** Ends the callbacks. */
    @Override
    public void close() {
      node.releaseReference();
    }
  }

  private static final class AfterNode extends FunctionPostHook {
    private final Runnable action;

    AfterNode(Runnable action) {
      super();
      this.action = action;
    }

    @Override
    public TensorVector apply(TensorVector outputs, TensorVector inputs) {
      action.run();
      return outputs;
    }
  }

  private static final class OnTensor extends VoidTensorHook {
    private final Runnable action;

    OnTensor(Runnable action) {
      super();
      this.action = action;
    }

    @Override
    public void call(TensorBase gradient) {
      action.run();
    }
  }
}
