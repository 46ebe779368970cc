package io.sparkmm.train.metrics;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory of this process as Linux counts it. Other systems do not tell: zero there. */
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern CURRENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

  private ResidentMemory() {}

  /** Bytes in memory now. */
  public static long current() {
    return read(CURRENT);
  }

  /** Most bytes in memory at any time. */
  public static long peak() {
    return read(PEAK);
  }

  private static long read(Pattern line) {
    try {
      Matcher found = line.matcher(Files.readString(STATUS, StandardCharsets.US_ASCII));
      return found.find() ? Long.parseLong(found.group(1)) * 1024 : 0;
    } catch (IOException e) {
      return 0;
    }
  }
}
