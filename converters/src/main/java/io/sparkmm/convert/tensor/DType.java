package io.sparkmm.convert.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Element types of tensors in files. The constants stand in the ascending order that safetensors
 * uses to lay tensors out, and each name is the name that safetensors gives the type.
 */
public enum DType {
  BOOL(1),
  U8(1),
  I8(1),
  F8_E5M2(1),
  F8_E4M3(1),
  I16(2),
  U16(2),
  F16(2),
  BF16(2),
  I32(4),
  U32(4),
  F32(4),
  F64(8),
  I64(8),
  U64(8);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int byteSize() {
    return bytes;
  }

  /** The name in a safetensors header, such as {@code BF16}. */
  public String safetensorsName() {
    return name();
  }

  /** The type that safetensors calls {@code name}; empty when this library does not know it. */
  public static Optional<DType> find(String name) {
    return Arrays.stream(values()).filter(type -> type.safetensorsName().equals(name)).findFirst();
  }

  /** All safetensors names, in ascending layout order, for messages. */
  public static List<String> names() {
    return Arrays.stream(values()).map(DType::safetensorsName).toList();
  }
}
