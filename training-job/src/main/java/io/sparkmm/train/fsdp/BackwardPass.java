package io.sparkmm.train.fsdp;

import io.sparkmm.train.torch.HookProblems;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/**
 * What the groups of a model share while it runs: whether the root's forward or a backward pass is
 * under way, the hooks of the pass, and what a hook threw.
 */
final class BackwardPass {
  private final List<Pointer> hooks = new ArrayList<>();
  private Runnable beforeRoot = () -> {};
  private int rootDepth;
  private boolean running;
  private Throwable thrown;
  private long gatherNanos;
  private long reduceNanos;

  /** Whether modules may run: inside the root's forward, or recomputed by a backward pass. */
  boolean admitsForward() {
    return rootDepth > 0 || running;
  }

  boolean running() {
    return running;
  }

  /** Sets what has to be done before the root runs. */
  void beforeRoot(Runnable action) {
    beforeRoot = action;
  }

  void enterRoot() {
    beforeRoot.run();
    rootDepth++;
  }

  void leaveRoot() {
    rootDepth--;
  }

  /** Runs a gather on the training thread and adds its time up. */
  void gather(Runnable exchange) {
    long start = System.nanoTime();
    exchange.run();
    gatherNanos += System.nanoTime() - start;
  }

  /** Runs a reduction on the training thread and adds its time up. */
  void reduce(Runnable exchange) {
    long start = System.nanoTime();
    exchange.run();
    reduceNanos += System.nanoTime() - start;
  }

  CommunicationTime takeTime() {
    CommunicationTime time = new CommunicationTime(gatherNanos, reduceNanos);
    gatherNanos = 0;
    reduceNanos = 0;
    return time;
  }

  /** Keeps a hook until the backward pass is over. */
  void hold(Pointer hook) {
    hooks.add(hook);
  }

  /** Makes a hook's action remember its exception, of which native code keeps only the text. */
  Runnable guarded(Runnable action) {
    return () -> {
      try {
        action.run();
      } catch (RuntimeException | Error problem) {
        if (thrown == null) {
          thrown = problem;
        }
        throw problem;
      }
    };
  }

  /** Runs a backward pass; throws what a hook threw rather than its native translation. */
  void run(Runnable backward) {
    thrown = null;
    running = true;
    try {
      HookProblems.surface(backward);
    } catch (RuntimeException problem) {
      if (thrown instanceof RuntimeException original) {
        throw original;
      }
      if (thrown instanceof Error original) {
        throw original;
      }
      throw problem;
    } finally {
      running = false;
      hooks.forEach(Pointer::releaseReference);
      hooks.clear();
    }
  }
}
