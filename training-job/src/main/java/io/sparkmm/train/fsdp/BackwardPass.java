package io.sparkmm.train.fsdp;

import io.sparkmm.train.torch.HookProblems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;

/**
 * What the groups of a model share while it runs: whether the root's forward or a backward pass is
 * under way, the hooks of the pass, and what a hook threw.
 */
final class BackwardPass {
  private final List<Pointer> hooks = new ArrayList<>();
  private final List<GroupSchedule> forwardOrder = new ArrayList<>();
  private Runnable beforeRoot = () -> {};
  private Runnable afterRoot = () -> {};
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

  /** Sets what has to be done before the root runs, and when its forward computation is over. */
  void aroundRoot(Runnable before, Runnable after) {
    beforeRoot = before;
    afterRoot = after;
  }

  /** To be called when the root's forward computation has succeeded. */
  void rootDone() {
    if (rootDepth == 1) {
      afterRoot.run();
    }
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

  /** Notes that a module's forward computation is over; returns its position among them. */
  int record(GroupSchedule schedule) {
    forwardOrder.add(schedule);
    return forwardOrder.size() - 1;
  }

  /** The module whose forward computation was over just before that of a position. */
  Optional<GroupSchedule> recordedBefore(int position) {
    return position > 0 && position <= forwardOrder.size()
        ? Optional.of(forwardOrder.get(position - 1))
        : Optional.empty();
  }

  /** Forgets the order of the forward computations. */
  void forgetOrder() {
    forwardOrder.clear();
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
