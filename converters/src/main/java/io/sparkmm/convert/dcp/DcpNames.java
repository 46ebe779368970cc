package io.sparkmm.convert.dcp;

import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.pickle.PickleObject;
import java.util.List;

/** The classes of PyTorch that metadata are made of, under their present and former names. */
final class DcpNames {

  /** The file that describes a checkpoint. */
  static final String METADATA_FILE = ".metadata";

  /** End of the names of files with data. */
  static final String DATA_SUFFIX = ".distcp";

  static final Global METADATA = metadata("Metadata");
  static final Global TENSOR = metadata("TensorStorageMetadata");
  static final Global BYTES = metadata("BytesStorageMetadata");
  static final Global CHUNK = metadata("ChunkStorageMetadata");
  static final Global PROPERTIES = metadata("TensorProperties");
  static final Global MEMORY_FORMAT = metadata("_MEM_FORMAT_ENCODING");
  static final Global INDEX = metadata("MetadataIndex");
  static final Global STORAGE_META = metadata("StorageMeta");
  static final Global STORAGE_INFO =
      new Global("torch.distributed.checkpoint.filesystem", "_StorageInfo");
  static final Global SIZE = new Global("torch", "Size");
  static final Global LAYOUT = new Global("torch.serialization", "_get_layout");

  /** Where the classes stood in PyTorch 1.13, and where properties stood up to 2.2. */
  private static final List<String> FORMER_MODULES =
      List.of(
          "torch.distributed._shard.checkpoint.metadata",
          "torch.distributed._shard.checkpoint.filesystem",
          "torch.distributed._shard.sharded_tensor.metadata");

  private DcpNames() {}

  private static Global metadata(String name) {
    return new Global("torch.distributed.checkpoint.metadata", name);
  }

  /** Whether a value is an object of a class, under its present or a former name. */
  static boolean is(Object value, Global type) {
    return value instanceof PickleObject object
        && object.callee() instanceof Global callee
        && callee.name().equals(type.name())
        && (callee.module().equals(type.module()) || FORMER_MODULES.contains(callee.module()));
  }
}
