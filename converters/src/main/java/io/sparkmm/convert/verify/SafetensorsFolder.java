package io.sparkmm.convert.verify;

import io.sparkmm.convert.safetensors.CheckpointReport;
import java.nio.file.Path;

/** A folder of safetensors files: headers, index, numbering. */
final class SafetensorsFolder implements FolderKind {

  @Override
  public String name() {
    return "safetensors headers and index";
  }

  @Override
  public boolean matches(Path folder) {
    return Names.in(folder).stream().anyMatch(name -> name.endsWith(".safetensors"));
  }

  @Override
  public VerifyReport check(Path folder) {
    CheckpointReport report = CheckpointReport.of(folder);
    return new VerifyReport(
        name(),
        report.files(),
        report.tensors(),
        report.bytes(),
        report.problems(),
        report.warnings());
  }
}
