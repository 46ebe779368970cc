package io.sparkmm.convert.torch;

import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.pickle.PersistentId;
import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.pickle.PickleList;
import io.sparkmm.convert.pickle.PickleObject;
import io.sparkmm.convert.pickle.PickleTuple;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.StoredTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns an object tree into what torch.save pickles for it, and numbers its storages. */
final class TorchTree {

  private static final int MAX_DEPTH = 100;
  private static final Global REBUILD_V2 = new Global("torch._utils", "_rebuild_tensor_v2");
  private static final Global REBUILD_V3 = new Global("torch._utils", "_rebuild_tensor_v3");
  private static final Global ORDERED_DICT = new Global("collections", "OrderedDict");
  private static final String LOCATION = "cpu";

  private final Map<String, TensorSpec> storages = new LinkedHashMap<>();
  private final Map<String, PickleObject> tensors = new HashMap<>();
  private int depth;

  /** The tensors with storages of their own, in the order of their numbers. */
  List<TensorSpec> storages() {
    return List.copyOf(storages.values());
  }

  /**
   * The pickle value of a tree.
   *
   * @throws IllegalArgumentException when two different tensors have one name, or the tree is deep
   */
  Object convert(Object tree) {
    if (++depth > MAX_DEPTH) {
      throw new IllegalArgumentException("the tree is deeper than " + MAX_DEPTH);
    }
    Object value = tree;
    if (tree instanceof TensorSpec tensor) {
      value = tensor(tensor);
    } else if (tree instanceof Map<?, ?> map) {
      Map<Object, Object> converted = new LinkedHashMap<>();
      map.forEach((key, item) -> converted.put(key, convert(item)));
      value = PickleDict.of(converted);
    } else if (tree instanceof List<?> list) {
      value = PickleList.of(list.stream().map(this::convert).toList());
    }
    depth--;
    return value;
  }

  /** Equal tensors are one object, as they are in PyTorch when two names are tied. */
  private PickleObject tensor(TensorSpec tensor) {
    TensorSpec before = storages.putIfAbsent(tensor.name(), tensor);
    if (before != null && !before.equals(tensor)) {
      throw new IllegalArgumentException("two tensors have the name " + tensor.name());
    }
    if (before == null) {
      tensors.put(tensor.name(), rebuild(tensor, Integer.toString(storages.size() - 1)));
    }
    return tensors.get(tensor.name());
  }

  private static PickleObject rebuild(TensorSpec tensor, String key) {
    Optional<Global> typed = TorchType.storageClass(tensor.dtype());
    Object storage =
        new PersistentId(
            PickleTuple.of(
                "storage",
                typed.orElse(TorchType.UNTYPED_STORAGE),
                key,
                LOCATION,
                typed.isPresent() ? tensor.elements() : tensor.byteSize()));
    List<Object> arguments = new ArrayList<>();
    arguments.add(storage);
    arguments.add(0L);
    arguments.add(PickleTuple.of(tensor.shape()));
    arguments.add(PickleTuple.of(strides(tensor.shape())));
    arguments.add(false);
    arguments.add(PickleObject.call(ORDERED_DICT));
    if (typed.isEmpty()) {
      arguments.add(TorchType.global(tensor.dtype()));
    }
    return PickleObject.call(typed.isPresent() ? REBUILD_V2 : REBUILD_V3, arguments.toArray());
  }

  /** Row-major; PyTorch counts a size of 0 as 1 here. */
  private static List<Long> strides(List<Long> shape) {
    return StoredTensor.rowMajor(shape.stream().map(size -> Math.max(size, 1)).toList());
  }
}
