package io.sparkmm.train.launch;

import io.sparkmm.train.dpo.DpoSettings;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * Preference training, as it travels to the workers.
 *
 * @param loss numbers of the loss
 * @param reference the model that preferences are measured against; none where it is the trained
 *     model without its adapters
 */
public record DpoPlan(DpoSettings loss, List<ModelSharding> reference) implements Serializable {
  public DpoPlan {
    Objects.requireNonNull(loss, "loss");
    reference = List.copyOf(reference);
  }
}
