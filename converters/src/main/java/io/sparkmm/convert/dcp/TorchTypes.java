package io.sparkmm.convert.dcp;

import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.tensor.DType;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The names that PyTorch gives element types. */
final class TorchTypes {

  private static final Map<DType, String> NAMES = new EnumMap<>(DType.class);
  private static final Map<String, DType> TYPES = new HashMap<>();

  static {
    NAMES.put(DType.BOOL, "bool");
    NAMES.put(DType.U8, "uint8");
    NAMES.put(DType.I8, "int8");
    NAMES.put(DType.F8_E5M2, "float8_e5m2");
    NAMES.put(DType.F8_E4M3, "float8_e4m3fn");
    NAMES.put(DType.I16, "int16");
    NAMES.put(DType.U16, "uint16");
    NAMES.put(DType.F16, "float16");
    NAMES.put(DType.BF16, "bfloat16");
    NAMES.put(DType.I32, "int32");
    NAMES.put(DType.U32, "uint32");
    NAMES.put(DType.F32, "float32");
    NAMES.put(DType.F64, "float64");
    NAMES.put(DType.I64, "int64");
    NAMES.put(DType.U64, "uint64");
    NAMES.forEach((type, name) -> TYPES.put(name, type));
  }

  private TorchTypes() {}

  static Optional<DType> find(String name) {
    return Optional.ofNullable(TYPES.get(name));
  }

  static Global global(DType type) {
    return new Global("torch", NAMES.get(type));
  }
}
