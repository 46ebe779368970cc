package io.sparkmm.convert.torch;

import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.pickle.PickleDialect;
import io.sparkmm.convert.pickle.PickleDialect.Interpreter;
import io.sparkmm.convert.pickle.PickleObject;
import io.sparkmm.convert.pickle.PickleText;
import io.sparkmm.convert.pickle.PickleTuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the pickle of a file of torch.save may mean: tensors, parameters, storages and sizes. All
 * else stays as it is written.
 */
final class TorchDialect {

  private static final String UTILS = "torch._utils";
  private static final Global SIZE = new Global("torch", "Size");
  private static final Global FROM_TYPE = new Global("torch._tensor", "_rebuild_from_type_v2");
  private static final Global NPU = new Global("torch_npu.utils.storage", "_rebuild_npu_tensor");
  private static final Global V3 = new Global(UTILS, "_rebuild_tensor_v3");
  private static final int V3_DTYPE = 6;

  /** Subclasses of tensors that hold their elements as plain tensors do. */
  private static final Set<Object> TENSOR_CLASSES =
      Set.of(
          new Global("torch", "Tensor"),
          new Global("torch.nn.parameter", "Parameter"),
          new Global("torch.nn.parameter", "Buffer"));

  private final TorchZip zip;
  private final Map<String, TorchStorage> storages = new HashMap<>();
  private final Map<Global, Interpreter> tensors = new HashMap<>();

  private TorchDialect(TorchZip zip) {
    this.zip = zip;
    tensors.put(new Global(UTILS, "_rebuild_tensor"), arguments -> tensor(arguments, 4, 4));
    tensors.put(new Global(UTILS, "_rebuild_tensor_v2"), arguments -> tensor(arguments, 6, 7));
    tensors.put(NPU, arguments -> tensor(arguments, 6, 7));
    tensors.put(V3, this::tensorV3);
    for (String name : List.of("_rebuild_parameter", "_rebuild_parameter_with_state")) {
      Global global = new Global(UTILS, name);
      tensors.put(global, arguments -> parameter(global, arguments));
    }
  }

  /** The dialect of the pickle of one archive. */
  static PickleDialect of(TorchZip zip) {
    TorchDialect torch = new TorchDialect(zip);
    PickleDialect dialect =
        PickleDialect.standard()
            .withPersistentLoad(torch::storage)
            .with(SIZE, TorchDialect::size)
            .with(FROM_TYPE, torch::fromType);
    for (Map.Entry<Global, Interpreter> entry : torch.tensors.entrySet()) {
      dialect = dialect.with(entry.getKey(), entry.getValue());
    }
    return dialect;
  }

  private Object storage(Object id) {
    if (!(id instanceof PickleTuple tuple)
        || tuple.size() != 5
        || !"storage".equals(tuple.get(0))
        || !(tuple.get(1) instanceof Global storageClass)
        || !(tuple.get(2) instanceof String key)
        || !(tuple.get(4) instanceof Long count)) {
      throw new IllegalArgumentException(
          "the persistent id is not ('storage', class, key, location, count)");
    }
    TorchType type =
        TorchType.ofStorage(storageClass)
            .orElseThrow(
                () -> new IllegalArgumentException("storages of " + storageClass + " are unknown"));
    ZipEntryInfo record =
        zip.find(TorchZip.DATA + key)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no record data/" + PickleText.shorten(key)));
    if (count < 0
        || record.size() % type.byteSize() != 0
        || count != record.size() / type.byteSize()) {
      throw new IllegalArgumentException(
          "storage "
              + PickleText.shorten(key)
              + " of "
              + count
              + " elements of "
              + type
              + " has a record of "
              + record.size()
              + " bytes");
    }
    ZipSlice slice = zip.slice();
    TorchStorage storage =
        new TorchStorage(
            key,
            type,
            slice.path(),
            slice.offset() + record.position(),
            record.size(),
            record.crc32());
    TorchStorage before = storages.putIfAbsent(key, storage);
    if (before != null && !before.equals(storage)) {
      throw new IllegalArgumentException(
          "storage "
              + PickleText.shorten(key)
              + " is once of "
              + before.type()
              + " and once of "
              + type);
    }
    return storage;
  }

  private static Object size(PickleTuple arguments) {
    if (arguments.size() == 1 && arguments.get(0) instanceof PickleTuple sizes) {
      return sizes;
    }
    throw new IllegalArgumentException("a Size takes a tuple");
  }

  private static TorchTensor tensor(PickleTuple arguments, int atLeast, int atMost) {
    checkCount(arguments, atLeast, atMost);
    return view(arguments, storage(arguments).type());
  }

  /** With an element type of its own; an unknown one leaves the call uninterpreted. */
  private Object tensorV3(PickleTuple arguments) {
    checkCount(arguments, V3_DTYPE + 1, V3_DTYPE + 2);
    Optional<TorchType> type =
        arguments.get(V3_DTYPE) instanceof Global global ? TorchType.of(global) : Optional.empty();
    return type.isPresent() ? view(arguments, type.get()) : call(V3, arguments);
  }

  private static TorchTensor view(PickleTuple arguments, TorchType type) {
    return TorchTensor.of(
        storage(arguments),
        type,
        wholeNumber(arguments.get(1)),
        wholeNumbers(arguments.get(2)),
        wholeNumbers(arguments.get(3)));
  }

  private static void checkCount(PickleTuple arguments, int atLeast, int atMost) {
    if (arguments.size() < atLeast || arguments.size() > atMost) {
      throw new IllegalArgumentException(
          "it takes " + atLeast + " to " + atMost + " arguments, not " + arguments.size());
    }
  }

  private static TorchStorage storage(PickleTuple arguments) {
    if (arguments.get(0) instanceof TorchStorage storage) {
      return storage;
    }
    throw new IllegalArgumentException(
        "a tensor takes a storage, not " + PickleText.describe(arguments.get(0)));
  }

  private static long wholeNumber(Object value) {
    if (value instanceof Long number) {
      return number;
    }
    throw new IllegalArgumentException(
        "a tensor takes whole numbers of 63 bits, not " + PickleText.describe(value));
  }

  private static List<Long> wholeNumbers(Object value) {
    if (!(value instanceof PickleTuple tuple)) {
      throw new IllegalArgumentException(
          "a tensor takes tuples of sizes and strides, not " + PickleText.describe(value));
    }
    List<Long> numbers = new ArrayList<>(tuple.size());
    tuple.items().forEach(item -> numbers.add(wholeNumber(item)));
    return numbers;
  }

  /** The tensor that a parameter wraps; a parameter of something else stays uninterpreted. */
  private static Object parameter(Global global, PickleTuple arguments) {
    return arguments.size() > 0 && arguments.get(0) instanceof TorchTensor tensor
        ? tensor
        : call(global, arguments);
  }

  /** A tensor with attributes: {@code (function, class, arguments of the function, state)}. */
  private Object fromType(PickleTuple arguments) {
    if (arguments.size() == 4
        && arguments.get(0) instanceof Global function
        && tensors.containsKey(function)
        && TENSOR_CLASSES.contains(arguments.get(1))
        && arguments.get(2) instanceof PickleTuple inner) {
      return tensors.get(function).interpret(inner);
    }
    return call(FROM_TYPE, arguments);
  }

  private static PickleObject call(Global callee, PickleTuple arguments) {
    return PickleObject.call(callee, arguments.items().toArray());
  }
}
