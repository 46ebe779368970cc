package io.sparkmm.train.fsdp;

import io.sparkmm.train.nn.Interceptor;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Recording;
import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.torch.GradientHooks;
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
  private Scratch scratch;
  private int openInputs;
  private boolean untraceable;
  private boolean reduced;

  GroupSchedule(
      ShardGroup group, ShardMesh mesh, FsdpSettings settings, BackwardPass pass, boolean root) {
    this.group = group;
    this.policy = settings.mixedPrecision();
    this.pass = pass;
    this.root = root;
    // The root's backward comes right after its forward.
    this.reshardAfterForward = settings.reshardAfterForward() && !root;
    this.waitsForInputs =
        group.parameters().stream().anyMatch(placed -> !placed.parameter().trainable());
    this.gradients = new GroupGradients(group, mesh, policy, pass.guarded(this::gradientsComplete));
  }

  long scratchBytes() {
    return Math.max(group.scratchBytes(), gradients.scratchBytes());
  }

  void use(Scratch shared) {
    scratch = shared;
  }

  @Override
  public Tensor around(Module module, Tensor[] inputs, Forward next) {
    requireAdmitted();
    if (root) {
      pass.enterRoot();
    }
    try {
      pass.gather(() -> group.unshard(scratch));
      Tensor[] cast = castInputs(inputs);
      boolean recording = GradMode.is_enabled();
      if (recording && waitsForInputs && group.freesMemory()) {
        watchInputs(cast);
      }
      Tensor output = castOutput(next.apply(cast));
      boolean backwardFollows = recording && output.requires_grad();
      if (backwardFollows) {
        pass.hold(
            GradientHooks.whenGradient(
                output, pass.guarded(() -> pass.gather(() -> group.unshard(scratch)))));
      }
      boolean usedAgain = backwardFollows || Recording.isPostponed();
      if (!pass.running() && (!usedAgain || reshardAfterForward)) {
        group.reshard();
      }
      return output;
    } finally {
      if (root) {
        pass.leaveRoot();
      }
    }
  }

  /** Names of parameters without gradient in a group where others have one. */
  List<String> missingGradients() {
    return gradients.missing();
  }

  /** Averages what is left and frees the weights, after the last gradient of a pass. */
  void finishBackward() {
    if (gradients.pending()) {
      pass.reduce(() -> gradients.reduce(scratch));
    }
    endBackward();
  }

  /** Frees the weights after a failed pass; nothing is exchanged. */
  void abandonBackward() {
    gradients.dropPending();
    endBackward();
  }

  void clear() {
    gradients.clear();
    group.reshard();
  }

  @Override
  public void close() {
    gradients.close();
    group.close();
  }

  private void endBackward() {
    group.reshard();
    openInputs = 0;
    untraceable = false;
    reduced = false;
  }

  private void requireAdmitted() {
    if (!root && !pass.admitsForward()) {
      throw new FsdpException(
          FsdpException.Kind.ROOT_NOT_CALLED,
          "Cannot run module " + group.label() + " on its own: call the root of the model first");
    }
  }

  private void gradientsComplete() {
    pass.reduce(() -> gradients.reduce(scratch));
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
