package io.sparkmm.convert.dcp;

import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.pickle.PickleList;
import io.sparkmm.convert.pickle.PickleNone;
import io.sparkmm.convert.pickle.PickleObject;
import io.sparkmm.convert.pickle.PickleTuple;
import io.sparkmm.convert.pickle.PickleWriter;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TextLayout;
import io.sparkmm.convert.torch.TorchType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes metadata as PyTorch 2.3 and newer read it. Equal metadata give equal bytes. */
public final class DcpMetadataWriter {

  /** The number that PyTorch 2.10 gives this form of checkpoint. */
  private static final String VERSION = "1.0.0";

  private DcpMetadataWriter() {}

  /**
   * The {@code .metadata} of a checkpoint, to be planned as the last of its files.
   *
   * @param parts what its files hold
   * @throws DcpException when the parts are no checkpoint together; see {@link DcpMetadata#merge}
   */
  public static PlannedFile plan(List<DcpMetadata> parts) {
    return TextLayout.plan(DcpNames.METADATA_FILE, write(DcpMetadata.merge(parts)));
  }

  /**
   * The bytes of metadata, of a whole checkpoint or of a part to be sent to where parts are merged.
   */
  public static byte[] write(DcpMetadata metadata) {
    Map<Object, Object> state = new LinkedHashMap<>();
    Map<Object, Object> paths = new LinkedHashMap<>();
    Map<Object, Object> storage = new LinkedHashMap<>();
    for (DcpBytes value : metadata.values()) {
      addPath(paths, value.key());
      state.put(value.key().flat(), PickleObject.instance(DcpNames.BYTES, PickleNone.NONE));
      storage.put(index(value.key(), Map.of()), info(value.place()));
    }
    for (DcpTensor tensor : metadata.tensors()) {
      addPath(paths, tensor.key());
      state.put(tensor.key().flat(), tensor(tensor));
      for (int at = 0; at < tensor.chunks().size(); at++) {
        DcpChunk chunk = tensor.chunks().get(at);
        Map<String, Object> where = new LinkedHashMap<>();
        where.put("index", (long) at);
        where.put("offset", size(chunk.box().offsets()));
        storage.put(index(tensor.key(), where), info(chunk.place()));
      }
    }
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("state_dict_metadata", PickleDict.of(state));
    root.put("planner_data", PickleDict.of(paths));
    root.put("storage_data", PickleDict.of(storage));
    root.put("storage_meta", storageMeta());
    root.put("version", VERSION);
    return PickleWriter.write(PickleObject.instance(DcpNames.METADATA, root));
  }

  private static void addPath(Map<Object, Object> paths, DcpKey key) {
    if (!key.path().isEmpty()) {
      paths.put(key.flat(), PickleTuple.of(key.path()));
    }
  }

  private static PickleObject tensor(DcpTensor tensor) {
    PickleTuple properties =
        PickleTuple.of(
            TorchType.global(tensor.spec().dtype()),
            PickleObject.call(DcpNames.LAYOUT, "torch.strided"),
            false,
            PickleObject.call(DcpNames.MEMORY_FORMAT, 0L),
            false);
    List<PickleObject> chunks = tensor.chunks().stream().map(chunk -> chunk(chunk.box())).toList();
    return instance(
        DcpNames.TENSOR,
        "properties",
        PickleObject.instance(DcpNames.PROPERTIES, properties),
        "size",
        size(tensor.spec().shape()),
        "chunks",
        PickleList.of(chunks));
  }

  private static PickleObject chunk(Box box) {
    return instance(DcpNames.CHUNK, "offsets", size(box.offsets()), "sizes", size(box.sizes()));
  }

  private static PickleObject index(DcpKey key, Map<String, Object> where) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("fqn", key.flat());
    attributes.put("index", PickleNone.NONE);
    attributes.putAll(where);
    return PickleObject.instance(DcpNames.INDEX, attributes);
  }

  private static PickleObject info(DcpPlace place) {
    return instance(
        DcpNames.STORAGE_INFO,
        "relative_path",
        place.file(),
        "offset",
        place.offset(),
        "length",
        place.length());
  }

  /** What identifies a run in PyTorch: none, so that equal checkpoints have equal bytes. */
  private static PickleObject storageMeta() {
    return instance(
        DcpNames.STORAGE_META,
        "checkpoint_id",
        PickleNone.NONE,
        "save_id",
        PickleNone.NONE,
        "load_id",
        PickleNone.NONE,
        "modules",
        PickleList.of(List.of()));
  }

  private static PickleObject size(List<Long> sizes) {
    return PickleObject.call(DcpNames.SIZE, PickleTuple.of(sizes));
  }

  private static PickleObject instance(Global type, Object... namesAndValues) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    for (int at = 0; at < namesAndValues.length; at += 2) {
      attributes.put((String) namesAndValues[at], namesAndValues[at + 1]);
    }
    return PickleObject.instance(type, attributes);
  }
}
