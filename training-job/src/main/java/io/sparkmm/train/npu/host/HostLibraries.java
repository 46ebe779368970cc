package io.sparkmm.train.npu.host;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The C library and the processor of this process, and what its loader's errors mean. */
public final class HostLibraries {
  private static final Path MAPS = Path.of("/proc/self/maps");
  private static final Pattern OLD_GLIBC =
      Pattern.compile("version `GLIBC_([0-9.]+)' not found \\(required by ([^)]+)\\)");
  private static final Pattern NO_FILE =
      Pattern.compile("(lib\\S+): cannot open shared object file");
  private static final Pattern NO_SYMBOL = Pattern.compile("undefined symbol: (\\S+)");

  private HostLibraries() {}

  /**
   * Version of the C library.
   *
   * @throws HostException if it is not the GNU one
   */
  public static Version glibc() {
    try {
      Function version = NativeLibrary.getInstance("c").getFunction("gnu_get_libc_version");
      return Version.parse(version.invokeString(new Object[0], false)).orElseThrow();
    } catch (UnsatisfiedLinkError e) {
      throw new HostException(
          "Cannot tell the version of the C library: it is not the GNU one; CANN and libtorch need"
              + " glibc",
          e);
    }
  }

  /** Processor of this process, as in {@link ElfFile#machine}; 0 for one that is not known here. */
  public static int machine() {
    return switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> ElfFile.X86_64;
      case "aarch64", "arm64" -> ElfFile.AARCH64;
      default -> 0;
    };
  }

  /** Loaded libraries whose names begin with one of some words. */
  public static List<Path> loaded(List<String> names) {
    try {
      return Files.readAllLines(MAPS).stream()
          .filter(line -> line.indexOf('/') >= 0)
          .map(line -> Path.of(line.substring(line.indexOf('/'))))
          .filter(file -> names.stream().anyMatch(file.getFileName().toString()::startsWith))
          .distinct()
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new HostException("Cannot list the loaded libraries: " + e.getMessage(), e);
    }
  }

  /**
   * What a loader's error means, with what to do; the error's own first line where it is none of
   * the usual ones.
   *
   * @param what the thing that was to be loaded
   * @param error the loader's words
   */
  public static String explain(String what, String error) {
    Matcher old = OLD_GLIBC.matcher(error);
    if (old.find()) {
      return "Cannot load "
          + what
          + ": "
          + old.group(2)
          + " needs glibc "
          + old.group(1)
          + ", which is newer than this host's; use a newer operating system or container image";
    }
    Matcher file = NO_FILE.matcher(error);
    if (file.find()) {
      return "Cannot load "
          + what
          + ": it needs "
          + file.group(1)
          + ", which is not in LD_LIBRARY_PATH; source the set_env.sh of CANN and add the driver's"
          + " lib64 before the JVM starts";
    }
    Matcher symbol = NO_SYMBOL.matcher(error);
    if (symbol.find()) {
      return "Cannot load "
          + what
          + ": no loaded library has "
          + symbol.group(1)
          + "; the versions of libtorch, torch_npu and CANN do not fit: see docs/npu.md";
    }
    return "Cannot load " + what + ": " + error.lines().findFirst().orElse(error);
  }
}
