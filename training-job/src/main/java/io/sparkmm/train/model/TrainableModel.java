package io.sparkmm.train.model;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.nn.Module;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The root module of a model that can be trained. */
public abstract class TrainableModel extends Module {
  /**
   * Computes the logits of all target positions of a micro-batch, with gradients when grad mode is
   * on.
   */
  public abstract ModelOutput forward(Batch batch);

  /**
   * Computes the loss of a micro-batch without ever holding all its logits. A model that can do so
   * runs {@link ChunkedLoss#compute} inside the forward computation of its head.
   *
   * @return output with a loss
   * @throws ModelException if the model cannot do so
   */
  public ModelOutput forward(Batch batch, ChunkedLoss loss) {
    throw new ModelException(
        ModelException.Kind.CONFIG,
        "Cannot compute the loss of "
            + getClass().getName()
            + " in chunks: the model does not offer it; set loss_cfg.compute_mode to default");
  }

  /** How the model is stored for Hugging Face libraries; empty if they do not know it. */
  public Optional<HfFormat> hfFormat() {
    return Optional.empty();
  }

  /**
   * Standard deviation of fresh weights by parameter name, for the {@code normal} way of
   * initialisation.
   */
  public double initializerRange(String parameterName) {
    return 0.02;
  }

  /**
   * Module paths below which the parts lie that are frozen together, by the part's name, for
   * example {@code vision_tower}.
   */
  public Map<String, List<String>> parts() {
    return Map.of();
  }

  /**
   * Names that users of other frameworks have for modules of this model, with the ends of the paths
   * of what they stand for here.
   */
  public Map<String, List<String>> moduleAliases() {
    return Map.of();
  }

  /** Row of an embedding that starts at zero because it stands for padding, if any. */
  public OptionalLong zeroRow(String parameterName) {
    return OptionalLong.empty();
  }
}
