package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A model that {@link FullyShard} has sharded. */
final class ShardedModel implements ParallelModel {
  private final List<Parameter> parameters;
  private final ShardMesh mesh;
  private final List<GroupSchedule> schedules;
  private final BackwardPass pass;
  private final Scratch scratch;
  private final StateAccess state;
  private boolean finishing;

  ShardedModel(Module root, WrapPlan plan, ShardMesh mesh, FsdpSettings settings) {
    this.mesh = mesh;
    parameters = List.copyOf(root.namedParameters().values());
    pass = new BackwardPass();
    DeclaredWeights declared = new DeclaredWeights(root);
    List<ShardGroup> groups = new ArrayList<>();
    for (WrapPlan.Group group : plan.groups()) {
      groups.add(new ShardGroup(groups.size(), group, mesh, settings.mixedPrecision()));
    }
    schedules = new ArrayList<>();
    for (ShardGroup group : groups) {
      boolean isRoot = group.index() == groups.size() - 1;
      schedules.add(new GroupSchedule(group, mesh, settings, pass, isRoot));
    }
    scratch =
        new Scratch(schedules.stream().mapToLong(GroupSchedule::scratchBytes).max().orElse(0));
    for (int i = 0; i < groups.size(); i++) {
      GroupSchedule schedule = schedules.get(i);
      schedule.use(scratch);
      plan.groups().get(i).module().intercept(schedule);
    }
    state = new ShardedStateAccess(root, groups, mesh, declared);
    pass.beforeRoot(state::complete);
    mesh.order().remarkWith(this::missingGradients);
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public Collectives shardGroup() {
    return mesh.shards();
  }

  @Override
  public void backward(Tensor loss) {
    try (TensorScope scope = TensorScope.open()) {
      pass.run(
          () -> {
            finishing = false;
            loss.backward();
            finishing = true;
            for (int i = schedules.size() - 1; i >= 0; i--) {
              schedules.get(i).finishBackward();
            }
          });
      mesh.order().agree(3L << 56, () -> "end the backward pass");
      mesh.order().endPass();
    } catch (RuntimeException | Error problem) {
      schedules.forEach(GroupSchedule::abandonBackward);
      throw problem;
    }
  }

  @Override
  public void agree(long point, String what) {
    mesh.order().agree((5L << 56) ^ point, () -> what);
  }

  @Override
  public void endForwardPass() {
    mesh.order().endForwardPass();
  }

  @Override
  public void clearGradients() {
    schedules.forEach(GroupSchedule::clear);
  }

  @Override
  public CommunicationTime takeCommunicationTime() {
    return pass.takeTime();
  }

  @Override
  public StateAccess state() {
    return state;
  }

  @Override
  public void close() {
    schedules.forEach(GroupSchedule::close);
    scratch.close();
    mesh.close();
  }

  /** Names of parameters whose group has gradients of others, but not of them. */
  private String missingGradients() {
    // The root's gradients come from both ends of a pass: only its end tells what is missing.
    int groups = finishing ? schedules.size() : schedules.size() - 1;
    List<String> names =
        schedules.subList(0, groups).stream()
            .flatMap(schedule -> schedule.missingGradients().stream())
            .toList();
    return names.isEmpty() ? "" : ", without a gradient of " + String.join(", ", names);
  }
}
