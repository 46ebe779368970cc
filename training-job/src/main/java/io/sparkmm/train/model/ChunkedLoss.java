package io.sparkmm.train.model;

import static org.bytedeco.pytorch.global.torch.linear;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.torch.Graft;
import java.util.Objects;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A loss that is computed together with its gradients in pieces of the targets, so that logits
 * exist for one piece at a time only. It equals the loss of all logits up to the order of sums.
 *
 * <p>The weight of the head is used outside the head's own computation of logits: the computation
 * here has to run inside the forward computation of the head's module, where the weight is there
 * even when the model is sharded.
 *
 * @param weights how the targets' cross entropies add up; asked once for the whole micro-batch
 * @param size length of the pieces
 */
public record ChunkedLoss(LossWeights weights, ChunkSize size) {
  public ChunkedLoss {
    Objects.requireNonNull(weights, "weights");
    Objects.requireNonNull(size, "size");
  }

  /**
   * Refuses heads that cannot be computed in pieces.
   *
   * @throws ModelException if the head has a bias
   */
  public static void requireSupported(Linear head) {
    if (head.hasBias()) {
      throw new ModelException(
          ModelException.Kind.CONFIG,
          "Cannot compute the loss in chunks: the output head has a bias; set"
              + " loss_cfg.compute_mode to default");
    }
  }

  /**
   * Computes the loss, and its gradients if they are recorded. Without targets the loss is 0, with
   * zero gradients.
   *
   * @param states {@code [n, H]}, final states of the positions that have a target
   * @param weight {@code [V, H]} of a head without bias
   * @param targets what the states predict
   * @return a scalar of at least float32
   */
  public Tensor compute(Tensor states, Tensor weight, Targets targets) {
    ScalarType wide = FloatTypes.atLeastFloat32(FloatTypes.of(states));
    boolean forStates = GradMode.is_enabled() && states.requires_grad();
    boolean forWeight = GradMode.is_enabled() && weight.requires_grad();
    Tensor total =
        torch.zeros(
            new long[0], new TensorOptions(wide).device(new DeviceOptional(states.device())));
    Tensor stateGradient = forStates ? torch.empty_like(states.detach()) : new Tensor();
    Tensor weightGradient = forWeight ? torch.zeros_like(weight.detach()) : new Tensor();
    long count = targets.count();
    if (count > 0) {
      Tensor alpha = FloatTypes.cast(weights.alpha(targets), wide);
      long piece = size.targets(targets.batchRows());
      for (long first = 0; first < count; first += piece) {
        long length = Math.min(piece, count - first);
        try (TensorScope scope = TensorScope.open();
            NoGradGuard off = new NoGradGuard()) {
          Tensor part = states.detach().narrow(0, first, length);
          Tensor logits = linear(part, weight.detach());
          Tensor divisor = alpha.numel() == 1 ? alpha : alpha.narrow(0, first, length);
          Tensor gradient =
              add(
                  total,
                  logits,
                  targets.ids().narrow(0, first, length),
                  divisor,
                  forStates || forWeight);
          if (forStates) {
            stateGradient.narrow(0, first, length).copy_(gradient.matmul(weight.detach()));
          }
          if (forWeight) {
            weightGradient.addmm_(gradient.t(), part);
          }
        }
      }
    }
    if (!forStates && !forWeight) {
      return total;
    }
    return Graft.attach(
        total,
        new Tensor[] {states, weight},
        incoming -> scaled(incoming, stateGradient, weightGradient));
  }

  /** Adds a piece's loss to the total and returns the gradient of its logits, if wanted. */
  private static Tensor add(
      Tensor total, Tensor logits, Tensor ids, Tensor divisor, boolean differentiated) {
    if (!differentiated) {
      total.add_(CausalLmLoss.weighted(logits, ids, divisor));
      return logits;
    }
    logits.requires_grad_(true);
    try (AutoGradMode on = new AutoGradMode(true)) {
      Tensor loss = CausalLmLoss.weighted(logits, ids, divisor);
      loss.backward();
      total.add_(loss.detach());
    }
    return logits.grad();
  }

  /** The gradients are used once, so that they can be scaled in place. */
  private static Tensor[] scaled(Tensor incoming, Tensor... gradients) {
    double factor = incoming.item_double();
    for (Tensor gradient : gradients) {
      if (gradient.defined() && factor != 1.0) {
        gradient.mul_(new Scalar(factor));
      }
    }
    return gradients;
  }
}
