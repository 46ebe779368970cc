package io.sparkmm.train.npu.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * CANN on this host.
 *
 * @param home folder that {@code ASCEND_HOME_PATH} names
 * @param version as the installation tells it, if it does
 */
public record CannInstallation(Path home, Optional<Version> version) {
  /** Variable that CANN's {@code set_env.sh} sets to the folder of the installation. */
  public static final String HOME = "ASCEND_HOME_PATH";

  /** The oldest release whose interfaces are known to be those that are called. */
  static final Version OLDEST = Version.of("8.1");

  private static final String COLLECTIVES = "libhccl.so";
  private static final List<String> RUNTIMES = List.of("libascendcl.so", "libacl_rt.so");
  private static final String REMEDY =
      "source its set_env.sh (/usr/local/Ascend/cann/set_env.sh, before CANN 8.5"
          + " /usr/local/Ascend/ascend-toolkit/set_env.sh) before the executor's JVM starts: in"
          + " spark-env.sh of the worker, or in the image of the container";

  public CannInstallation {
    Objects.requireNonNull(home, "home");
    Objects.requireNonNull(version, "version");
  }

  /**
   * The installation that the environment names.
   *
   * @throws HostException if it names none, there is none, or it is too old
   */
  public static CannInstallation require(Map<String, String> environment) {
    String named = environment.getOrDefault(HOME, "");
    if (named.isEmpty()) {
      throw new HostException(
          "Cannot find CANN: " + HOME + " is not set, so set_env.sh was not sourced; " + REMEDY);
    }
    Path home = Path.of(named);
    Path libraries = home.resolve("lib64");
    List<String> missing = new ArrayList<>();
    if (RUNTIMES.stream().noneMatch(name -> Files.exists(libraries.resolve(name)))) {
      missing.add(String.join(" or ", RUNTIMES));
    }
    if (!Files.exists(libraries.resolve(COLLECTIVES))) {
      missing.add(COLLECTIVES);
    }
    if (!missing.isEmpty()) {
      throw new HostException(
          "Cannot find CANN: "
              + libraries
              + " has no "
              + String.join(" and no ", missing)
              + "; install the toolkit of CANN there, or "
              + REMEDY);
    }
    CannInstallation found = new CannInstallation(home, version(home));
    if (found.version.isPresent() && found.version.get().compareTo(OLDEST) < 0) {
      throw new HostException(
          "Cannot use CANN "
              + found.version.get()
              + " in "
              + home
              + ": it is older than "
              + OLDEST
              + "; install a newer one that your driver supports");
    }
    return found;
  }

  private static Optional<Version> version(Path home) {
    String architecture =
        switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "x86_64";
          default -> System.getProperty("os.arch");
        };
    return Optional.<Version>empty()
        .or(() -> entry(home.resolve(architecture + "-linux/ascend_toolkit_install.info")))
        .or(() -> entry(home.resolve("ascend_toolkit_install.info")))
        .or(() -> entry(home.resolve("opp/version.info")));
  }

  /** The value of {@code version=} in a file of lines with an equals sign. */
  static Optional<Version> entry(Path file) {
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    try {
      return Files.readAllLines(file).stream()
          .map(line -> line.split("=", 2))
          .filter(parts -> parts.length == 2 && parts[0].strip().equalsIgnoreCase("version"))
          .flatMap(parts -> Version.parse(parts[1]).stream())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
