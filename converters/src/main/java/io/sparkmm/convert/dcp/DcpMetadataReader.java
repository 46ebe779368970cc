package io.sparkmm.convert.dcp;

import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.pickle.PickleDialect;
import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.pickle.PickleException;
import io.sparkmm.convert.pickle.PickleList;
import io.sparkmm.convert.pickle.PickleNone;
import io.sparkmm.convert.pickle.PickleObject;
import io.sparkmm.convert.pickle.PickleReader;
import io.sparkmm.convert.pickle.PickleText;
import io.sparkmm.convert.pickle.PickleTuple;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.torch.TorchType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reads the {@code .metadata} of a checkpoint as PyTorch 1.13 to 2.10 write it. The bytes are plain
 * data: no class is looked up and nothing is called.
 */
public final class DcpMetadataReader {

  private static final PickleDialect DIALECT =
      PickleDialect.standard().with(DcpNames.SIZE, DcpMetadataReader::size);

  private final Map<String, DcpPlace> values = new HashMap<>();
  private final Map<String, Map<List<Long>, DcpPlace>> chunks = new HashMap<>();
  private PickleDict paths = PickleDict.of(Map.of());

  private DcpMetadataReader() {}

  /**
   * Reads metadata.
   *
   * @param bytes the content of the file
   * @throws DcpException when they are no metadata, name a place outside of the folder, or need
   *     something that is not supported; nothing is said about chunks that are missing
   */
  public static DcpMetadata read(byte[] bytes) {
    try {
      return parse(bytes);
    } catch (DcpException e) {
      throw e.because("Cannot read metadata");
    }
  }

  static DcpMetadata parse(byte[] bytes) {
    Object root;
    try {
      root = PickleReader.read(bytes, DIALECT);
    } catch (PickleException e) {
      throw DcpException.badMetadata(e.getMessage(), e);
    }
    return new DcpMetadataReader().read(root);
  }

  private static Object size(PickleTuple arguments) {
    if (arguments.size() == 1 && arguments.get(0) instanceof PickleTuple sizes) {
      return sizes;
    }
    if (arguments.size() == 1 && arguments.get(0) instanceof PickleList sizes) {
      return PickleTuple.of(sizes.items());
    }
    throw new IllegalArgumentException("a size takes a tuple");
  }

  private DcpMetadata read(Object root) {
    PickleObject metadata = object(root, DcpNames.METADATA, "metadata");
    Object planner = metadata.attribute("planner_data").orElse(PickleNone.NONE);
    if (planner != PickleNone.NONE) {
      paths = dict(planner, "planner_data");
    }
    dict(attribute(metadata, "storage_data"), "storage_data").entries().forEach(this::readPlace);
    List<DcpTensor> tensors = new ArrayList<>();
    List<DcpBytes> bytes = new ArrayList<>();
    dict(attribute(metadata, "state_dict_metadata"), "state_dict_metadata")
        .entries()
        .forEach(
            (name, entry) -> {
              DcpKey key = key(name);
              if (DcpNames.is(entry, DcpNames.BYTES)) {
                bytes.add(new DcpBytes(key, place(key)));
              } else {
                tensors.add(tensor(key, object(entry, DcpNames.TENSOR, key.flat())));
              }
            });
    return new DcpMetadata(tensors, bytes);
  }

  private void readPlace(Object key, Object value) {
    PickleObject index = object(key, DcpNames.INDEX, "a key of storage_data");
    String name = text(attribute(index, "fqn"), "the name of a key of storage_data");
    PickleObject info = object(value, DcpNames.STORAGE_INFO, name);
    Object transforms = info.attribute("transform_descriptors").orElse(PickleNone.NONE);
    if (!isEmpty(transforms)) {
      throw DcpException.of(
          DcpException.Kind.UNSUPPORTED,
          name + ": the item is transformed (compressed); save the checkpoint without extensions");
    }
    DcpPlace place =
        checked(
            name,
            () ->
                new DcpPlace(
                    text(attribute(info, "relative_path"), name),
                    number(attribute(info, "offset"), name),
                    number(attribute(info, "length"), name)));
    Object offset = index.attribute("offset").orElse(PickleNone.NONE);
    DcpPlace before =
        offset == PickleNone.NONE
            ? values.put(name, place)
            : chunks
                .computeIfAbsent(name, unused -> new HashMap<>())
                .put(numbers(offset, name), place);
    if (before != null) {
      throw DcpException.badMetadata(name + " is stored twice at the same offset");
    }
  }

  private static boolean isEmpty(Object transforms) {
    return transforms == PickleNone.NONE
        || transforms instanceof PickleList list && list.items().isEmpty()
        || transforms instanceof PickleTuple tuple && tuple.size() == 0;
  }

  private DcpKey key(Object name) {
    String flat = text(name, "a key of state_dict_metadata");
    Optional<Object> path = paths.get(flat);
    if (path.isEmpty()) {
      return new DcpKey(flat, List.of());
    }
    if (!(path.orElseThrow() instanceof PickleTuple parts)) {
      throw DcpException.badMetadata(flat + ": its path is " + describe(path.orElseThrow()));
    }
    return checked(flat, () -> new DcpKey(flat, parts.items()));
  }

  private DcpPlace place(DcpKey key) {
    DcpPlace place = values.get(key.flat());
    if (place == null) {
      throw DcpException.badMetadata(key + " has no entry in storage_data");
    }
    return place;
  }

  private DcpTensor tensor(DcpKey key, PickleObject entry) {
    String name = key.flat();
    DType dtype = dtype(name, object(attribute(entry, "properties"), DcpNames.PROPERTIES, name));
    List<Long> shape = numbers(attribute(entry, "size"), name);
    if (!(attribute(entry, "chunks") instanceof PickleList parts)) {
      throw DcpException.badMetadata(name + ": its chunks are no list");
    }
    List<DcpChunk> result = new ArrayList<>();
    for (Object part : parts.items()) {
      PickleObject chunk = object(part, DcpNames.CHUNK, name);
      List<Long> offsets = numbers(attribute(chunk, "offsets"), name);
      List<Long> sizes = numbers(attribute(chunk, "sizes"), name);
      Box box = checked(name, () -> new Box(offsets, sizes));
      DcpPlace place = chunks.getOrDefault(name, Map.of()).get(offsets);
      if (place != null) {
        result.add(new DcpChunk(box, place));
      } else if (!box.isEmpty()) {
        throw DcpException.badMetadata(
            name + ": its chunk " + box + " has no entry in storage_data");
      }
    }
    return checked(name, () -> DcpTensor.of(key, dtype, shape, result));
  }

  private static DType dtype(String name, PickleObject properties) {
    if (!(properties.state() instanceof PickleTuple state) || state.size() != 5) {
      throw DcpException.badMetadata(name + ": its properties are no tuple of five");
    }
    if (state.get(1) instanceof PickleObject layout
        && layout.is(DcpNames.LAYOUT)
        && !layout.arguments().equals(PickleTuple.of("torch.strided"))) {
      throw DcpException.of(
          DcpException.Kind.UNSUPPORTED, name + ": only dense (strided) tensors are supported");
    }
    if (!(state.get(0) instanceof Global global)) {
      throw DcpException.badMetadata(name + ": its element type is " + describe(state.get(0)));
    }
    return TorchType.of(global)
        .flatMap(TorchType::dtype)
        .orElseThrow(
            () ->
                DcpException.of(
                    DcpException.Kind.UNSUPPORTED,
                    name + ": element type " + global + " is not supported"));
  }

  private static <T> T checked(String name, Supplier<T> make) {
    try {
      return make.get();
    } catch (IllegalArgumentException e) {
      throw DcpException.badMetadata(name + ": " + e.getMessage(), e);
    }
  }

  private static PickleObject object(Object value, Global type, String what) {
    if (!DcpNames.is(value, type)) {
      throw DcpException.badMetadata(
          what + ": expected an object of " + type.name() + ", found " + describe(value));
    }
    return (PickleObject) value;
  }

  private static Object attribute(PickleObject object, String name) {
    return object
        .attribute(name)
        .orElseThrow(() -> DcpException.badMetadata(object + " has no attribute " + name));
  }

  private static PickleDict dict(Object value, String what) {
    if (!(value instanceof PickleDict dict)) {
      throw DcpException.badMetadata(what + ": expected a dict, found " + describe(value));
    }
    return dict;
  }

  private static String text(Object value, String what) {
    if (!(value instanceof String text)) {
      throw DcpException.badMetadata(what + ": expected a text, found " + describe(value));
    }
    return text;
  }

  private static long number(Object value, String what) {
    if (!(value instanceof Long number)) {
      throw DcpException.badMetadata(what + ": expected a whole number, found " + describe(value));
    }
    return number;
  }

  private static List<Long> numbers(Object value, String what) {
    if (!(value instanceof PickleTuple tuple)) {
      throw DcpException.badMetadata(what + ": expected sizes, found " + describe(value));
    }
    return tuple.items().stream().map(item -> number(item, what)).toList();
  }

  private static String describe(Object value) {
    return PickleText.describe(value);
  }
}
