package io.sparkmm.convert.parallel;

import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a model allows its layout to be; everything that is unknown is empty.
 *
 * @param layers number of layers per modality of the model
 * @param kvHeads key/value heads of the language model
 * @param visionHeads heads of the vision tower, where each rank must hold equally many
 * @param vocabulary rows of the embedding, where each rank must hold equally many
 * @param experts experts of a layer, 0 for none
 */
public record LayoutLimits(
    Map<Modality, Integer> layers,
    OptionalInt kvHeads,
    OptionalInt visionHeads,
    OptionalLong vocabulary,
    OptionalInt experts) {

  /** Nothing is known about the model. */
  public static final LayoutLimits UNKNOWN =
      new LayoutLimits(
          Map.of(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalLong.empty(),
          OptionalInt.empty());

  public LayoutLimits {
    layers = Map.copyOf(layers);
  }
}
