package io.sparkmm.convert.model;

import java.util.OptionalLong;

/**
 * What the configuration says about a language model.
 *
 * @param layers number of layers
 * @param hidden width
 * @param heads query heads
 * @param kvHeads key and value heads, a divisor of {@code heads}
 * @param headDim width of a head
 * @param vocab rows of the embedding; empty when the configuration does not tell
 * @param tied the output layer is the embedding
 * @param experts experts of a layer with a mixture of experts; 0 when there are none
 */
public record TextShape(
    int layers,
    int hidden,
    int heads,
    int kvHeads,
    int headDim,
    OptionalLong vocab,
    boolean tied,
    int experts) {

  /** Query heads that share a key head. */
  public int queriesPerGroup() {
    return heads / kvHeads;
  }
}
