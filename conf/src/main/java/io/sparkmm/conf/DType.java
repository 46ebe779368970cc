package io.sparkmm.conf;

import java.util.List;
import java.util.Optional;

/** Floating-point type of parameters, gradients or activations. */
public enum DType implements NamedValue {
  BF16("bf16", 2, List.of()),
  FP16("fp16", 2, List.of("float16", "half")),
  FP32("fp32", 4, List.of("float32")),
  FP64("fp64", 8, List.of("float64"));

  private final String text;
  private final int bytes;
  private final List<String> otherTexts;

  DType(String text, int bytes, List<String> otherTexts) {
    this.text = text;
    this.bytes = bytes;
    this.otherTexts = otherTexts;
  }

  @Override
  public String text() {
    return text;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /**
   * The type with this name, where the long names {@code float32}, {@code float64}, {@code float16}
   * and {@code half} count too. {@code bfloat16} does not: the reference suite refuses it.
   */
  public static Optional<DType> ofName(String name) {
    for (DType type : values()) {
      if (type.text.equals(name) || type.otherTexts.contains(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
