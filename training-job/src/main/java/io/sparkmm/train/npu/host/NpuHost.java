package io.sparkmm.train.npu.host;

import io.sparkmm.conf.NpuVariables;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a host has for NPU workers, looked at without loading anything of CANN.
 *
 * @param cann the installation; empty if {@link #problem} says why
 * @param driver version of the driver, if it tells it
 * @param devices numbers of the device files
 * @param glibc version of the C library
 * @param librariesListed whether the folder of CANN's libraries is in {@code LD_LIBRARY_PATH}
 * @param problem why NPU workers cannot run here, with what to do; empty if nothing was found
 * @param variables variables that must be alike on all workers
 */
public record NpuHost(
    Optional<CannInstallation> cann,
    Optional<Version> driver,
    List<Integer> devices,
    Version glibc,
    boolean librariesListed,
    Optional<String> problem,
    Map<String, String> variables) {
  private static final String DRIVER = "usr/local/Ascend/driver/version.info";

  public NpuHost {
    devices = List.copyOf(devices);
    variables = new TreeMap<>(variables);
  }

  /**
   * Looks at this host.
   *
   * @param environment variables of the process
   * @param root where the file system begins, {@code /}
   */
  public static NpuHost look(Map<String, String> environment, Path root) {
    Optional<CannInstallation> cann = Optional.empty();
    Optional<String> problem = Optional.empty();
    try {
      cann = Optional.of(CannInstallation.require(environment));
      checkLibraries(cann.get().home().resolve("lib64"));
    } catch (HostException e) {
      problem = Optional.of(e.getMessage());
    }
    return new NpuHost(
        cann,
        CannInstallation.entry(root.resolve(DRIVER)),
        NpuAddress.files(root.resolve("dev")),
        HostLibraries.glibc(),
        cann.isPresent() && listed(cann.get(), environment),
        problem,
        NpuVariables.uniform(environment));
  }

  /** Versions and variables that all workers of a job must share, by name. */
  public Map<String, String> traits() {
    Map<String, String> traits = new TreeMap<>(variables);
    cann.flatMap(CannInstallation::version)
        .ifPresent(version -> traits.put("the version of CANN", version.text()));
    return traits;
  }

  /** All of it in one line, for logs. */
  public String line() {
    return System.getProperty("os.arch")
        + ", glibc "
        + glibc
        + ", CANN "
        + cann.map(found -> text(found.version()) + " in " + found.home()).orElse("not found")
        + ", driver "
        + text(driver)
        + ", device files "
        + (devices.isEmpty() ? "none" : devices.toString())
        + (variables.isEmpty() ? "" : ", " + variables)
        + (cann.isEmpty() || librariesListed
            ? ""
            : "; its lib64 is not in LD_LIBRARY_PATH, so set_env.sh may not have been sourced");
  }

  private static void checkLibraries(Path folder) {
    for (String name : List.of("libascendcl.so", "libacl_rt.so", "libhccl.so", "libhcomm.so")) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        ElfFile elf = ElfFile.read(file);
        if (elf.machine() != HostLibraries.machine()) {
          throw new HostException(
              "Cannot use "
                  + file
                  + ": it is made for "
                  + ElfFile.machineName(elf.machine())
                  + " and this process runs on "
                  + ElfFile.machineName(HostLibraries.machine())
                  + "; install the CANN of this architecture");
        }
        TorchNpuLibrary.requireGlibc(file, elf, HostLibraries.glibc());
      }
    }
  }

  private static boolean listed(CannInstallation cann, Map<String, String> environment) {
    Path folder = cann.home().resolve("lib64").normalize();
    return Arrays.stream(
            environment.getOrDefault("LD_LIBRARY_PATH", "").split(File.pathSeparator, -1))
        .filter(text -> !text.isEmpty())
        .anyMatch(text -> Path.of(text).normalize().equals(folder));
  }

  private static String text(Optional<Version> version) {
    return version.map(Version::text).orElse("of unknown version");
  }
}
