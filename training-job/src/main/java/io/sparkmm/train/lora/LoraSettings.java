package io.sparkmm.train.lora;

import io.sparkmm.train.nn.LowRankAdapter;
import java.io.Serializable;
import java.util.List;

/**
 * Which adapters a model gets, as it travels to the workers.
 *
 * @param targets names of modules: whole paths, ends of paths, or names that the model knows as
 *     {@linkplain io.sparkmm.train.model.TrainableModel#moduleAliases aliases}; empty for no
 *     adapters
 * @param rank inner size
 * @param alpha the branch is multiplied by {@code alpha / rank}
 * @param dropout probability that an element of the input is left out of the branch
 * @param gradientModules names of modules whose outputs must require a gradient where modules are
 *     recomputed
 */
public record LoraSettings(
    List<String> targets, int rank, double alpha, double dropout, List<String> gradientModules)
    implements Serializable {
  /** No adapters. */
  public static final LoraSettings NONE = new LoraSettings(List.of(), 1, 1, 0, List.of());

  public LoraSettings {
    targets = List.copyOf(targets);
    gradientModules = List.copyOf(gradientModules);
  }

  /** Whether there are adapters. */
  public boolean isOn() {
    return !targets.isEmpty();
  }

  /** The same adapters without dropout. */
  public LoraSettings withoutDropout() {
    return new LoraSettings(targets, rank, alpha, 0, gradientModules);
  }

  LowRankAdapter.Settings adapter() {
    return new LowRankAdapter.Settings(rank, alpha, dropout);
  }
}
