package io.sparkmm.train.fsdp;

import io.sparkmm.train.nn.Interceptor;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Recording;
import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.torch.GradientHooks;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * When the weights of one group are gathered and freed. They are whole during the module's forward
 * computation; then they are freed unless the group keeps them until backward; they are whole again
 * from the moment that the gradient of the module's output is known until all gradients of the
 * group are averaged.
 *
 * <p>A group with frozen weights may be needed even after its last gradient came: it is freed when
 * the gradients of all the module's inputs are known too, at the latest when the pass ends.
 */
final class GroupSchedule implements Interceptor, AutoCloseable {
  private final ShardGroup group;
  private final GroupGradients gradients;
  private final MixedPrecisionPolicy policy;
  private final BackwardPass pass;
  private final boolean root;
  private final boolean reshardAfterForward;
  private final boolean waitsForInputs;
  private final Deque<Integer> recordedAt = new ArrayDeque<>();
  private final Exchanges exchanges;
  private List<GroupSchedule> following = List.of();
  private List<GroupSchedule> preceding = List.of();
  private boolean gatheredAhead;
  private boolean awaitsBackward;
  private int openInputs;
  private boolean untraceable;
  private boolean reduced;

  /**
   * Makes the schedule of a group.
   *
   * @param root whether the group is the root's, whose backward computation comes right after its
   *     forward computation
   */
  GroupSchedule(ShardGroup group, GroupContext context, boolean root) {
    this.group = group;
    this.policy = context.settings().mixedPrecision();
    this.pass = context.pass();
    this.exchanges = context.exchanges();
    this.root = root;
    this.reshardAfterForward = context.settings().reshardAfterForward() && !root;
    this.waitsForInputs =
        group.parameters().stream().anyMatch(placed -> !placed.parameter().trainable());
    this.gradients =
        new GroupGradients(group, context.mesh(), policy, pass.guarded(this::gradientsComplete));
  }

  /**
   * Sets whose weights are gathered ahead.
   *
   * @param inForward when this module's forward computation starts
   * @param inBackward when its backward computation starts; empty for the module that ran before it
   */
  void gatherAhead(List<GroupSchedule> inForward, List<GroupSchedule> inBackward) {
    following = List.copyOf(inForward);
    preceding = List.copyOf(inBackward);
  }

  @Override
  public Tensor around(Module module, Tensor[] inputs, Forward next) {
    requireAdmitted();
    if (root) {
      pass.enterRoot();
    }
    try {
      pass.gather(this::beforeForward);
      Tensor[] cast = castInputs(inputs);
      boolean recording = GradMode.is_enabled();
      if (recording && waitsForInputs && group.freesMemory()) {
        watchInputs(cast);
      }
      Tensor output = castOutput(next.apply(cast));
      boolean backwardFollows = recording && output.requires_grad();
      if (backwardFollows) {
        expectBackward(output);
      }
      boolean usedAgain = backwardFollows || Recording.isPostponed();
      if (!pass.running() && !usedAgain) {
        group.reshard();
      } else if (!pass.running() && reshardAfterForward) {
        group.reshardUntilBackward();
      }
      if (root) {
        pass.rootDone();
      }
      return output;
    } finally {
      if (root) {
        pass.leaveRoot();
      }
    }
  }

  /** Bytes of memory that each of the group's exchanges needs. */
  long exchangeBytes() {
    return Math.max(group.gatherBytes(), gradients.expected() ? gradients.scratchBytes() : 0);
  }

  /** Names of parameters without gradient in a group where others have one. */
  List<String> missingGradients() {
    return gradients.missing();
  }

  /** Gives weights back that were gathered ahead for a module that did not run. */
  void dropUnused() {
    if (gatheredAhead) {
      pass.gather(() -> group.unshard(exchanges));
      gatheredAhead = false;
      group.reshard();
    }
  }

  /** Starts to average what is left after the last gradient of a pass. */
  void reduceRest() {
    if (gradients.pending()) {
      pass.reduce(() -> exchanges.start(gradients));
    }
  }

  /** Frees the weights at the end of a pass, when nothing is under way any more. */
  void endBackward() {
    group.reshard();
    forgetPass();
  }

  /** Frees the weights after a failed pass; nothing is exchanged. */
  void abandonBackward() {
    gradients.dropPending();
    group.abandon();
    forgetPass();
  }

  void clear() {
    gradients.clear();
    group.reshard();
    forgetPass();
  }

  @Override
  public void close() {
    gradients.close();
    group.close();
  }

  private void forgetPass() {
    recordedAt.clear();
    gatheredAhead = false;
    awaitsBackward = false;
    openInputs = 0;
    untraceable = false;
    reduced = false;
  }

  private void beforeForward() {
    group.unshard(exchanges);
    gatheredAhead = false;
    if (!pass.running()) {
      following.forEach(GroupSchedule::startAhead);
    }
  }

  private void expectBackward(Tensor output) {
    pass.hold(
        GradientHooks.whenGradient(output, pass.guarded(() -> pass.gather(this::beforeBackward))));
    if (!pass.running()) {
      awaitsBackward = true;
      recordedAt.push(pass.record(this));
    }
  }

  private void beforeBackward() {
    group.unshard(exchanges);
    gatheredAhead = false;
    awaitsBackward = false;
    Optional<GroupSchedule> before =
        recordedAt.isEmpty() ? Optional.empty() : pass.recordedBefore(recordedAt.pop());
    List<GroupSchedule> ahead = preceding.isEmpty() ? before.stream().toList() : preceding;
    ahead.stream().filter(each -> each.awaitsBackward).forEach(GroupSchedule::startAhead);
  }

  private void startAhead() {
    if (group.gathersLater()) {
      group.startGather(exchanges);
      gatheredAhead = true;
    }
  }

  private void requireAdmitted() {
    if (!root && !pass.admitsForward()) {
      throw new FsdpException(
          FsdpException.Kind.ROOT_NOT_CALLED,
          "Cannot run module " + group.label() + " on its own: call the root of the model first");
    }
  }

  private void gradientsComplete() {
    pass.reduce(() -> exchanges.start(gradients));
    reduced = true;
    reshardWhenUnused();
  }

  private void watchInputs(Tensor[] inputs) {
    for (Tensor input : inputs) {
      if (input.requires_grad()) {
        openInputs++;
        pass.hold(GradientHooks.whenGradient(input, pass.guarded(this::inputComplete)));
      }
    }
    // Without such an input nothing tells when the frozen weights were last used.
    untraceable |= openInputs == 0;
  }

  private void inputComplete() {
    openInputs--;
    reshardWhenUnused();
  }

  private void reshardWhenUnused() {
    boolean averaged = reduced || !gradients.expected();
    if (averaged && (!waitsForInputs || (openInputs == 0 && !untraceable))) {
      group.reshard();
    }
  }

  private Tensor[] castInputs(Tensor[] inputs) {
    if (policy.paramDtype().isEmpty() || !policy.castForwardInputs()) {
      return inputs;
    }
    Tensor[] cast = inputs.clone();
    for (int i = 0; i < cast.length; i++) {
      cast[i] = cast(cast[i], policy.paramDtype().get());
    }
    return cast;
  }

  private Tensor castOutput(Tensor output) {
    Optional<ScalarType> type = policy.outputDtype();
    return type.isEmpty() ? output : cast(output, type.get());
  }

  private static Tensor cast(Tensor tensor, ScalarType type) {
    return tensor.is_floating_point() && FloatTypes.of(tensor) != type ? tensor.to(type) : tensor;
  }
}
