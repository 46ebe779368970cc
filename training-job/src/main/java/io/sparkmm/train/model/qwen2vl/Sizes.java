package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.model.ModelException;

/** Checks of configuration values, with messages that name the configuration key. */
final class Sizes {
  private Sizes() {}

  static void positive(String key, long value) {
    if (value < 1) {
      throw new ModelException(
          ModelException.Kind.CONFIG, "Cannot use " + key + " " + value + ": it must be positive");
    }
  }

  static void divides(String divisorKey, long divisor, String key, long value) {
    if (value % divisor != 0) {
      throw new ModelException(
          ModelException.Kind.CONFIG,
          "Cannot use " + divisorKey + " " + divisor + ": it does not divide " + key + " " + value);
    }
  }
}
