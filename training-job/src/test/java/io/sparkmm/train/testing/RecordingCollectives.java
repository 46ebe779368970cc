package io.sparkmm.train.testing;

import io.sparkmm.train.comm.Collectives;
import java.time.Duration;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A group that writes down when gathers and scatters start and when somebody waits for them. */
public final class RecordingCollectives implements Collectives {
  private final Collectives group;
  private final List<String> log;

  /** Records what goes through a group, and through groups that are made of it. */
  public RecordingCollectives(Collectives group, List<String> log) {
    this.group = group;
    this.log = log;
  }

  private Pending recorded(String name, Pending pending) {
    log.add("start " + name);
    return () -> {
      log.add("await " + name);
      pending.await();
    };
  }

  @Override
  public String backend() {
    return group.backend();
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
    // Comparisons are of whole numbers, weights are not.
    return input.is_floating_point()
        ? recorded("gather of " + input.numel(), group.allGather(output, input))
        : group.allGather(output, input);
  }

  @Override
  public Pending reduceScatter(Tensor output, Tensor input, Reduction reduction) {
    return recorded("reduce to " + output.numel(), group.reduceScatter(output, input, reduction));
  }

  @Override
  public Pending allReduce(Tensor tensor, Reduction reduction) {
    return group.allReduce(tensor, reduction);
  }

  @Override
  public Pending broadcast(Tensor tensor, int root) {
    return group.broadcast(tensor, root);
  }

  @Override
  public void barrier(Duration timeout) {
    group.barrier(timeout);
  }

  @Override
  public Collectives split(List<int[]> groups, String name) {
    return new RecordingCollectives(group.split(groups, name), log);
  }

  @Override
  public void abort() {
    group.abort();
  }

  @Override
  public void close() {
    group.close();
  }
}
