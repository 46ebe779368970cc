package io.sparkmm.convert.dcp;

import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.torch.TorchFileWriter;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a checkpoint from many processes, without an executor of plans: each rank writes its file
 * and sends its part of the metadata, as bytes of {@link DcpMetadataWriter#write}, to the one that
 * writes the metadata when all files are there. A checkpoint without metadata is none.
 */
public final class DcpWriter {

  private DcpWriter() {}

  /**
   * Writes a file with data; it appears as a whole.
   *
   * @param folder must exist
   * @return its part of the metadata
   * @throws io.sparkmm.convert.torch.TorchException when it cannot be written
   */
  public static DcpMetadata write(Path folder, DcpFile file) {
    write(folder, file.file());
    return file.part();
  }

  /**
   * Writes the metadata, which makes the files a checkpoint.
   *
   * @param parts what the files hold
   * @throws DcpException when the parts are no checkpoint together; see {@link DcpMetadata#merge}
   */
  public static void finish(Path folder, List<DcpMetadata> parts) {
    write(folder, DcpMetadataWriter.plan(parts));
  }

  private static void write(Path folder, PlannedFile file) {
    Map<TensorPlace, TensorContent> contents = new HashMap<>();
    for (int at = 0; at < file.contents().size(); at++) {
      contents.put(file.layout().tensors().get(at), file.contents().get(at));
    }
    try (SourceFiles files = new SourceFiles()) {
      TorchFileWriter.write(
          folder.resolve(file.path()),
          file.layout(),
          (place, offset, target) -> contents.get(place).read(offset, target, files));
    }
  }
}
