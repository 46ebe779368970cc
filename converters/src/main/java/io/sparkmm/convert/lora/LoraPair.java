package io.sparkmm.convert.lora;

import io.sparkmm.convert.view.TensorView;

/**
 * The two matrices of an adapter of one layer.
 *
 * @param layer name of the layer, as the adapters give it, without {@code .lora_A...}
 * @param a [rank, inputs]
 * @param b [outputs, rank]
 */
public record LoraPair(String layer, TensorView a, TensorView b) {}
