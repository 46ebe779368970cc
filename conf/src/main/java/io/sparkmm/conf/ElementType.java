package io.sparkmm.conf;

import java.util.List;
import java.util.Optional;

/** Type of tensor elements as the key {@code dtype} names it anywhere in a JSON configuration. */
public enum ElementType {
  INT32("int32"),
  FP64("float64"),
  FP32("float32", "fp32"),
  FP16("float16", "fp16", "half"),
  BF16("bf16");

  /** Every accepted name. */
  public static final List<String> NAMES =
      List.of("int32", "float64", "float32", "float16", "fp32", "fp16", "half", "bf16");

  private final List<String> names;

  ElementType(String... names) {
    this.names = List.of(names);
  }

  /** The type with this name. */
  public static Optional<ElementType> ofName(String name) {
    for (ElementType type : values()) {
      if (type.names.contains(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
