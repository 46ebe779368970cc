package io.sparkmm.train.torch;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.create_gradient_edge;

import io.sparkmm.train.memory.TensorScope;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Edge;
import org.bytedeco.pytorch.EdgeVector;
import org.bytedeco.pytorch.FunctionPostHook;
import org.bytedeco.pytorch.Node;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A computation whose gradients Java code computes. Its result was computed without recording; this
 * class gives it a node in the graph, with edges to the inputs.
 *
 * <p>libtorch's own way to do so, a subclass of its function node, cannot be written in Java. The
 * node here is one of a concatenation of constants, whose own backward step yields nothing; a hook
 * behind that step then supplies the gradients.
 */
public final class Graft {
  private static final Tensor SEED = seed();

  private Graft() {}

  /** Computes the gradients of a computation's inputs from that of its output. */
  @FunctionalInterface
  public interface Gradients {
    /**
     * Called at most once per backward pass, on the thread that runs it, with grad mode off and in
     * a scope of its own.
     *
     * @param gradient gradient of the output
     * @return one gradient per input; an undefined tensor where there is none. They are given up to
     *     the graph, which then need not copy them
     */
    Tensor[] of(Tensor gradient);
  }

  /**
   * Attaches a computation to the graph. The backward pass must run before the scope that is open
   * now closes.
   *
   * @param output computed without recording
   * @param inputs what the gradients are of; those that require none are left out of the graph.
   *     There may be none
   * @return the output as part of the graph, with the same memory
   * @throws IllegalStateException if no scope is open: nothing would keep the callback alive
   */
  public static Tensor attach(Tensor output, Tensor[] inputs, Gradients gradients) {
    if (PointerScope.getInnerScope() == null) {
      throw new IllegalStateException(
          "Cannot attach a computation to the graph: no scope is open that its callback could live"
              + " in");
    }
    Tensor attached = output.variable_data();
    int edges = Math.max(1, inputs.length);
    TensorVector seeds = new TensorVector(edges);
    for (int i = 0; i < edges; i++) {
      seeds.put(i, SEED);
    }
    Node carrier;
    try (AutoGradMode recording = new AutoGradMode(true)) {
      carrier = cat(seeds).grad_fn();
    }
    EdgeVector next = new EdgeVector(edges);
    for (int i = 0; i < edges; i++) {
      next.put(i, i < inputs.length ? edgeOf(inputs[i]) : new Edge());
    }
    carrier.set_next_edges(next);
    // The scope keeps the Java object, which native code knows only weakly.
    AfterCarrier hook = new AfterCarrier(inputs.length, gradients);
    carrier.add_post_hook(hook);
    NativeOwnership.handOver(hook);
    create_gradient_edge(attached, carrier);
    return attached;
  }

  private static Edge edgeOf(Tensor tensor) {
    if (!tensor.requires_grad()) {
      return new Edge();
    }
    if (!tensor.is_leaf()) {
      return new Edge(tensor.grad_fn(), Math.toIntExact(tensor.output_nr()));
    }
    try (AutoGradMode recording = new AutoGradMode(true)) {
      return tensor.view_as(tensor).grad_fn().next_edge(0);
    }
  }

  private static Tensor seed() {
    try (TensorScope scope = TensorScope.open()) {
      return TensorScope.keep(torch.zeros(new long[] {1}).requires_grad_(true));
    }
  }

  private static final class AfterCarrier extends FunctionPostHook {
    private final int inputs;
    private Gradients gradients;

    AfterCarrier(int inputs, Gradients gradients) {
      super();
      this.inputs = inputs;
      this.gradients = gradients;
    }

    @Override
    public TensorVector apply(TensorVector outputs, TensorVector incoming) {
      // The carrier's first input is that of the constants; the attached output is its second one.
      if (incoming.size() < 2 || !incoming.get(1).defined()) {
        return outputs;
      }
      try (TensorScope scope = TensorScope.open()) {
        if (gradients == null) {
          throw new IllegalStateException(
              "Cannot run backward twice through a computation that keeps nothing for it");
        }
        Gradients once = gradients;
        gradients = null;
        Tensor[] found = once.of(incoming.get(1));
        for (int i = 0; i < inputs; i++) {
          outputs.put(i, found[i]);
          found[i].close();
        }
      } catch (RuntimeException | Error problem) {
        HookProblems.remember(problem);
        throw problem;
      }
      return outputs;
    }
  }
}
