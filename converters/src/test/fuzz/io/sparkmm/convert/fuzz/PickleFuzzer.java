package io.sparkmm.convert.fuzz;

import io.sparkmm.convert.pickle.PickleDialect;
import io.sparkmm.convert.pickle.PickleException;
import io.sparkmm.convert.pickle.PickleReader;
import io.sparkmm.convert.pickle.PickleText;
import io.sparkmm.convert.pickle.PickleWriter;

/** Any bytes are read or refused as a pickle; what was read can be hashed, printed and written. */
public final class PickleFuzzer {

  private PickleFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    try {
      Object value = PickleReader.read(bytes, PickleDialect.standard());
      FuzzFile.check(value.hashCode() == value.hashCode(), "the hash changes");
      FuzzFile.check(PickleText.describe(value).length() < 1000, "a description is long");
      byte[] written = PickleWriter.write(value);
      PickleReader.read(written, PickleDialect.standard());
    } catch (PickleException expected) {
      FuzzFile.check(expected.getMessage().startsWith("Cannot "), "a message is unclear");
    }
  }
}
