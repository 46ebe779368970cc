package io.sparkmm.convert.verify;

import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.dcp.DcpException;
import io.sparkmm.convert.dcp.DcpTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A distributed checkpoint: its metadata, whether items cover the tensors, their checksums. */
final class DistributedFolder implements FolderKind {

  @Override
  public String name() {
    return "distributed checkpoint";
  }

  @Override
  public boolean matches(Path folder) {
    return DcpCheckpoint.isIn(folder);
  }

  @Override
  public VerifyReport check(Path folder) {
    try {
      DcpCheckpoint checkpoint = DcpCheckpoint.open(folder);
      checkpoint.verify();
      List<DcpTensor> tensors = checkpoint.metadata().tensors();
      long bytes = 0;
      for (Path file : checkpoint.files()) {
        bytes += Files.size(file);
      }
      return new VerifyReport(
          name(), checkpoint.files().size() + 1, tensors.size(), bytes, List.of(), List.of());
    } catch (DcpException e) {
      return new VerifyReport(name(), 0, 0, 0, List.of(e.getMessage()), List.of());
    } catch (IOException e) {
      String problem = "Cannot read " + folder + ": " + e.getMessage();
      return new VerifyReport(name(), 0, 0, 0, List.of(problem), List.of());
    }
  }
}
