package io.sparkmm.train.fault;

import io.sparkmm.train.comm.Collectives;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;

/**
 * A group that tells when its worker waits for the others: a worker without progress that does not
 * wait is the one that holds up the rest.
 */
public final class ObservedCollectives implements Collectives {
  private final Collectives group;
  private final Observer observer;

  /** Is told of waits, on the thread that waits. Must be quick. */
  public interface Observer {
    /** An operation is under way and the thread is about to wait for it. */
    void waiting(String operation);

    /** The wait is over, however it ended. */
    void goesOn();
  }

  /** Wraps a group. */
  public ObservedCollectives(Collectives group, Observer observer) {
    this.group = Objects.requireNonNull(group, "group");
    this.observer = Objects.requireNonNull(observer, "observer");
  }

  @Override
  public String backend() {
    return group.backend();
  }

  @Override
  public String transport() {
    return group.transport();
  }

  @Override
  public int rank() {
    return group.rank();
  }

  @Override
  public int size() {
    return group.size();
  }

  @Override
  public Pending allGather(Tensor output, Tensor input) {
    return observed("all-gather", group.allGather(output, input));
  }

  @Override
  public Pending reduceScatter(Tensor output, Tensor input, Reduction reduction) {
    return observed("reduce-scatter", group.reduceScatter(output, input, reduction));
  }

  @Override
  public Pending allReduce(Tensor tensor, Reduction reduction) {
    return observed("all-reduce", group.allReduce(tensor, reduction));
  }

  @Override
  public Pending broadcast(Tensor tensor, int root) {
    return observed("broadcast", group.broadcast(tensor, root));
  }

  @Override
  public void barrier(Duration timeout) {
    observer.waiting("barrier");
    try {
      group.barrier(timeout);
    } finally {
      observer.goesOn();
    }
  }

  @Override
  public Collectives split(List<int[]> groups, String name) {
    observer.waiting("split");
    try {
      return new ObservedCollectives(group.split(groups, name), observer);
    } finally {
      observer.goesOn();
    }
  }

  @Override
  public void abort() {
    group.abort();
  }

  @Override
  public void close() {
    group.close();
  }

  private Pending observed(String operation, Pending pending) {
    return () -> {
      observer.waiting(operation);
      try {
        pending.await();
      } finally {
        observer.goesOn();
      }
    };
  }
}
