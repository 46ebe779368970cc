package io.sparkmm.convert.op;

import io.sparkmm.convert.view.TensorView;

/**
 * A tensor with the name that messages use for it.
 *
 * @param name full name
 * @param view the tensor
 */
public record NamedTensor(String name, TensorView view) {}
