package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** A model that {@link FullyShard} has sharded. */
final class ShardedModel implements ParallelModel {
  private final List<Parameter> parameters;
  private final ShardMesh mesh;
  private final List<GroupSchedule> schedules = new ArrayList<>();
  private final IgnoredParameters ignored;
  private final Set<Parameter> ignoredSet;
  private final BackwardPass pass = new BackwardPass();
  private final Exchanges exchanges;
  private final StateAccess state;
  private boolean finishing;

  ShardedModel(Module root, WrapPlan plan, ShardMesh mesh, FsdpSettings settings) {
    this.mesh = mesh;
    parameters = List.copyOf(root.namedParameters().values());
    DeclaredWeights declared = new DeclaredWeights(root);
    // One more than the gathers ahead, for gradients on their way.
    exchanges = new Exchanges(mesh.order(), settings.prefetch().depth() + 1, settings.residence());
    GroupContext context = new GroupContext(mesh, settings, exchanges, pass);
    List<ShardGroup> groups = new ArrayList<>();
    for (WrapPlan.Group group : plan.groups()) {
      groups.add(new ShardGroup(groups.size(), group, mesh, settings));
    }
    for (ShardGroup group : groups) {
      boolean isRoot = group.index() == groups.size() - 1;
      GroupSchedule schedule = new GroupSchedule(group, context, isRoot);
      schedules.add(schedule);
      if (!isRoot) {
        exchanges.expect(schedule.exchangeBytes());
      }
      plan.groups().get(group.index()).module().intercept(schedules.get(group.index()));
    }
    orderPrefetches(root, plan, settings.prefetch());
    ignored = new IgnoredParameters(plan, context, groups.size());
    ignoredSet = ignored.parameters();
    state = new ShardedStateAccess(root, groups, mesh, declared);
    pass.aroundRoot(state::complete, () -> schedules.forEach(GroupSchedule::dropUnused));
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
  public boolean countsInNorm(Parameter parameter) {
    return mesh.shards().rank() == 0 || !ignoredSet.contains(parameter);
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
              schedules.get(i).reduceRest();
            }
            pass.reduce(() -> ignored.reduce(exchanges));
            pass.reduce(exchanges::completeAll);
          });
      mesh.order().agree(3L << 56, () -> "end the backward pass");
      mesh.order().endPass();
      schedules.forEach(GroupSchedule::endBackward);
      pass.forgetOrder();
    } catch (RuntimeException | Error problem) {
      exchanges.abandon();
      schedules.forEach(GroupSchedule::abandonBackward);
      ignored.dropPending();
      pass.forgetOrder();
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
    exchanges.completeAll();
    schedules.forEach(GroupSchedule::clear);
    ignored.clear();
    pass.forgetOrder();
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
    ignored.close();
    exchanges.close();
    mesh.close();
  }

  /** Tells each schedule whose weights it gathers ahead; the order is that of definition. */
  private void orderPrefetches(Module root, WrapPlan plan, Prefetch prefetch) {
    Map<Module, GroupSchedule> byModule = new IdentityHashMap<>();
    for (int i = 0; i < schedules.size() - 1; i++) {
      byModule.put(plan.groups().get(i).module(), schedules.get(i));
    }
    List<GroupSchedule> defined =
        root.namedModules().values().stream()
            .filter(byModule::containsKey)
            .map(byModule::get)
            .toList();
    for (int i = 0; i < defined.size(); i++) {
      List<GroupSchedule> after =
          defined.subList(i + 1, Math.min(defined.size(), i + 1 + prefetch.forward()));
      List<GroupSchedule> before = new ArrayList<>();
      for (int back = 1; back <= prefetch.backward() && i - back >= 0; back++) {
        before.add(defined.get(i - back));
      }
      defined.get(i).gatherAhead(after, before);
    }
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
