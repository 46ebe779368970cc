package io.sparkmm.convert.fuzz;

import io.sparkmm.convert.dcp.DcpException;
import io.sparkmm.convert.dcp.DcpMetadata;
import io.sparkmm.convert.dcp.DcpMetadataReader;
import io.sparkmm.convert.dcp.DcpMetadataWriter;
import java.util.List;

/** Any bytes are read or refused as metadata; what was read is the same when written and read. */
public final class DcpMetadataFuzzer {

  private DcpMetadataFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    try {
      DcpMetadata metadata = DcpMetadataReader.read(bytes);
      byte[] written = DcpMetadataWriter.write(metadata);
      FuzzFile.check(DcpMetadataReader.read(written).equals(metadata), "writing changes metadata");
      DcpMetadata.merge(List.of(metadata));
    } catch (DcpException expected) {
      FuzzFile.check(expected.getMessage().startsWith("Cannot "), "a message is unclear");
    }
  }
}
