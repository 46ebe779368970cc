package io.sparkmm.train.dpo;

import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The sigmoid loss of direct preference optimisation (Rafailov and others, 2023) with label
 * smoothing, and a fine-tuning loss on the chosen answers. With {@code d = (pc - pr) - (rc - rr)},
 * the policy's log-probabilities p and the reference's r of chosen (c) and rejected (r) answers, a
 * pair's loss is
 *
 * <pre>{@code -(1 - e) logsigmoid(beta d) - e logsigmoid(-beta d) - ftx * pc / tokens}</pre>
 *
 * <p>and the loss of a micro-batch the mean over its pairs.
 *
 * @param loss scalar with its graph
 * @param accuracy share of pairs whose chosen answer has the greater reward, {@code beta (p - r)}
 */
public record DpoLoss(Tensor loss, double accuracy) {
  /** A weight of the fine-tuning loss below this is 0. */
  private static final double SMALLEST_FTX = 1e-6;

  /**
   * What is known of a micro-batch: a row per answer, first all chosen answers, then all rejected
   * ones in the same order.
   *
   * @param policy log-probabilities by the trained model, {@code [2n]}
   * @param reference those by the reference, {@code [2n]}
   * @param lengths tokens of the answers, {@code [2n]}
   */
  public record Answers(Tensor policy, Tensor reference, Tensor lengths) {}

  /** Computes the loss of a micro-batch. */
  public static DpoLoss of(Answers answers, DpoSettings settings) {
    long pairs = answers.policy().size(0) / 2;
    Tensor reference =
        FloatTypes.cast(answers.reference().detach(), FloatTypes.of(answers.policy()));
    Tensor gain = answers.policy().sub(reference);
    Tensor chosenGain = gain.narrow(0, 0, pairs);
    Tensor rejectedGain = gain.narrow(0, pairs, pairs);
    Tensor margin = chosenGain.sub(rejectedGain).mul(new Scalar(settings.beta()));
    Tensor losses = torch.log_sigmoid(margin).mul(new Scalar(settings.labelSmoothing() - 1));
    if (settings.labelSmoothing() > 0) {
      losses =
          losses.sub(torch.log_sigmoid(margin.neg()).mul(new Scalar(settings.labelSmoothing())));
    }
    if (settings.ftx() > SMALLEST_FTX) {
      Tensor perToken =
          answers.policy().narrow(0, 0, pairs).div(answers.lengths().narrow(0, 0, pairs));
      losses = losses.sub(perToken.mul(new Scalar(settings.ftx())));
    }
    double accuracy =
        chosenGain.detach().gt(rejectedGain.detach()).sum().item_double() / (double) pairs;
    return new DpoLoss(losses.mean(), accuracy);
  }
}
