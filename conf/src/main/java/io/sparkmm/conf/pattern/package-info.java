/** Patterns that name modules of a model, such as {@code model.layers.{0-3,7}}. */
package io.sparkmm.conf.pattern;
