package io.sparkmm.convert.fuzz;

import io.sparkmm.convert.dcp.DcpException;
import io.sparkmm.convert.dcp.DcpMetadata;
import io.sparkmm.convert.dcp.DcpMetadataReader;
import io.sparkmm.convert.dcp.DcpMetadataWriter;

/** Any bytes are read or refused as metadata; what was read is written and read again. */
public final class DcpMetadataFuzzer {

  private DcpMetadataFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    DcpMetadata metadata;
    try {
      metadata = DcpMetadataReader.read(bytes);
    } catch (DcpException expected) {
      FuzzFile.check(!expected.getMessage().isBlank(), "a message is empty");
      return;
    }
    DcpMetadata again = DcpMetadataReader.read(DcpMetadataWriter.write(metadata));
    FuzzFile.check(
        again.tensors().size() == metadata.tensors().size(), "writing changes the metadata");
  }
}
