package io.sparkmm.data.job;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Reads lines as bytes, which keeps whatever is wrong with their encoding. */
final class LineReader {
  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream in;

  LineReader(InputStream in) {
    this.in = new BufferedInputStream(in, BUFFER_BYTES);
  }

  /** The next line that holds more than blanks, without its end; empty at the end. */
  Optional<byte[]> nextNonBlank() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean blank = true;
    for (int value = in.read(); value >= 0; value = in.read()) {
      if (value == '\n') {
        if (!blank) {
          return Optional.of(line.toByteArray());
        }
        line.reset();
      } else {
        blank &= value == ' ' || value == '\t' || value == '\r';
        line.write(value);
      }
    }
    return blank ? Optional.empty() : Optional.of(line.toByteArray());
  }
}
