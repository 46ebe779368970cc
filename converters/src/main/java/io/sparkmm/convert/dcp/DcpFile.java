package io.sparkmm.convert.dcp;

import io.sparkmm.convert.plan.FileLayout;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.torch.TorchFileLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file with data of a checkpoint, laid out and not yet written.
 *
 * @param file what to write
 * @param part what the metadata of the checkpoint must say about it
 */
public record DcpFile(PlannedFile file, DcpMetadata part) {

  /** The name of a file: {@code __<rank>_<number>.distcp}. */
  public static String name(int rank, int number) {
    return "__" + rank + "_" + number + DcpNames.DATA_SUFFIX;
  }

  /**
   * Lays a file out: values first, then tensors, each an archive of its own.
   *
   * @param name its {@link #name}
   * @throws DcpException of kind CONFLICT when a key stands twice, other than with parts of one
   *     tensor
   */
  public static DcpFile plan(String name, List<DcpValue> values, List<DcpShard> shards) {
    List<FileLayout> archives = new ArrayList<>();
    List<DcpBytes> bytes = new ArrayList<>();
    Map<String, DcpTensor> tensors = new LinkedHashMap<>();
    long at = 0;
    for (DcpValue value : values) {
      FileLayout archive = TorchFileLayout.of(TorchFileLayout.STREAM_PREFIX, value.value());
      bytes.add(new DcpBytes(value.key(), new DcpPlace(name, at, archive.size())));
      archives.add(archive);
      at += archive.size();
    }
    for (DcpShard shard : shards) {
      FileLayout archive = TorchFileLayout.of(TorchFileLayout.STREAM_PREFIX, shard.stored());
      DcpTensor tensor = shard.at(new DcpPlace(name, at, archive.size()));
      tensors.merge(tensor.key().flat(), tensor, DcpTensor::with);
      archives.add(archive);
      at += archive.size();
    }
    return new DcpFile(
        new PlannedFile(
            name, new JoinedLayout(archives), shards.stream().map(DcpShard::content).toList()),
        new DcpMetadata(List.copyOf(tensors.values()), bytes));
  }
}
