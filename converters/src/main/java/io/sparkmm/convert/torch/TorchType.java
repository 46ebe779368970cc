package io.sparkmm.convert.torch;

import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.tensor.DType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An element type of PyTorch, which may be one that this library cannot convert.
 *
 * @param name PyTorch's name, such as {@code bfloat16}
 * @param byteSize bytes of one element
 * @param dtype the type as other formats know it; empty for complex, quantised and packed types
 */
public record TorchType(String name, int byteSize, Optional<DType> dtype) {

  /** The class of storages without an element type; sizes and offsets of those count bytes. */
  static final Global UNTYPED_STORAGE = new Global("torch.storage", "UntypedStorage");

  private static final Map<String, TorchType> BY_NAME = new HashMap<>();
  private static final Map<Global, TorchType> BY_STORAGE = new HashMap<>();
  private static final Map<DType, Global> STORAGES = new HashMap<>();

  static {
    add("float32", DType.F32, "FloatStorage");
    add("float64", DType.F64, "DoubleStorage");
    add("float16", DType.F16, "HalfStorage");
    add("bfloat16", DType.BF16, "BFloat16Storage");
    add("int64", DType.I64, "LongStorage");
    add("int32", DType.I32, "IntStorage");
    add("int16", DType.I16, "ShortStorage");
    add("int8", DType.I8, "CharStorage");
    add("uint8", DType.U8, "ByteStorage");
    add("bool", DType.BOOL, "BoolStorage");
    add("uint16", DType.U16, "");
    add("uint32", DType.U32, "");
    add("uint64", DType.U64, "");
    add("float8_e4m3fn", DType.F8_E4M3, "");
    add("float8_e5m2", DType.F8_E5M2, "");
    addForeign("float8_e4m3fnuz", 1, "");
    addForeign("float8_e5m2fnuz", 1, "");
    addForeign("float8_e8m0fnu", 1, "");
    addForeign("float4_e2m1fn_x2", 1, "");
    addForeign("complex32", 4, "");
    addForeign("complex64", 8, "ComplexFloatStorage");
    addForeign("complex128", 16, "ComplexDoubleStorage");
    addForeign("qint8", 1, "QInt8Storage");
    addForeign("quint8", 1, "QUInt8Storage");
    addForeign("qint32", 4, "QInt32Storage");
    addForeign("quint4x2", 1, "QUInt4x2Storage");
    addForeign("quint2x4", 1, "QUInt2x4Storage");
    BY_STORAGE.put(UNTYPED_STORAGE, BY_NAME.get("uint8"));
    BY_STORAGE.put(new Global("torch", "UntypedStorage"), BY_NAME.get("uint8"));
  }

  private static void add(String name, DType dtype, String storage) {
    put(new TorchType(name, dtype.byteSize(), Optional.of(dtype)), storage);
    if (!storage.isEmpty()) {
      STORAGES.put(dtype, new Global("torch", storage));
    }
  }

  private static void addForeign(String name, int byteSize, String storage) {
    put(new TorchType(name, byteSize, Optional.empty()), storage);
  }

  private static void put(TorchType type, String storage) {
    BY_NAME.put(type.name(), type);
    if (!storage.isEmpty()) {
      BY_STORAGE.put(new Global("torch", storage), type);
    }
  }

  /** The element type of a storage class such as {@code torch.FloatStorage}. */
  static Optional<TorchType> ofStorage(Global storageClass) {
    return Optional.ofNullable(BY_STORAGE.get(storageClass));
  }

  /** The element type that a global such as {@code torch.bfloat16} names. */
  public static Optional<TorchType> of(Global global) {
    return global.module().equals("torch")
        ? Optional.ofNullable(BY_NAME.get(global.name()))
        : Optional.empty();
  }

  /** PyTorch's global for a type, such as {@code torch.bfloat16}. */
  public static Global global(DType dtype) {
    return BY_NAME.values().stream()
        .filter(type -> type.dtype().equals(Optional.of(dtype)))
        .map(type -> new Global("torch", type.name()))
        .findFirst()
        .orElseThrow();
  }

  /** The storage class of a type; empty for types that only untyped storages hold. */
  static Optional<Global> storageClass(DType dtype) {
    return Optional.ofNullable(STORAGES.get(dtype));
  }

  @Override
  public String toString() {
    return name;
  }
}
