package io.sparkmm.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Processors, memory and Ascend accelerators. The libraries of CANN are looked for where its
 * environment variables point, then in {@code LD_LIBRARY_PATH}; none is loaded.
 *
 * @param environment environment variables
 * @param devices the folder of device files, {@code /dev}
 */
record DeviceProbe(Map<String, String> environment, Path devices) implements Probe {

  private static final String TOPIC = "devices";
  private static final long ENOUGH_MEMORY = 4L << 30;
  private static final List<String> CANN_VARIABLES =
      List.of("ASCEND_TOOLKIT_HOME", "ASCEND_HOME_PATH", "ASCEND_INSTALL_PATH");

  @Override
  public List<Finding> look() {
    List<Finding> findings = new ArrayList<>();
    findings.add(Finding.ok(TOPIC, "processors", Runtime.getRuntime().availableProcessors()));
    findings.add(memory(totalMemory()));
    findings.add(Finding.ok(TOPIC, "npu device files", npuFiles()));
    findings.add(library("CANN runtime", "libascendcl.so"));
    findings.add(library("HCCL", "libhccl.so"));
    return findings;
  }

  private static long totalMemory() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  static Finding memory(long bytes) {
    return bytes >= ENOUGH_MEMORY
        ? Finding.ok(TOPIC, "memory", Sizes.text(bytes))
        : Finding.warning(
            TOPIC,
            "memory",
            Sizes.text(bytes),
            "two workers and the driver want 4 GiB; lower --driver-memory and --executor-memory");
  }

  private String npuFiles() {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(devices, "davinci[0-9]*")) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    } catch (IOException | DirectoryIteratorException e) {
      return "none (" + devices + " cannot be listed)";
    }
    names.sort(null);
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  private Finding library(String name, String file) {
    return find(file)
        .map(path -> Finding.ok(TOPIC, name, path))
        .orElseGet(() -> Finding.ok(TOPIC, name, "not found (only needed for NPUs)"));
  }

  private Optional<Path> find(String file) {
    Set<Path> folders = new LinkedHashSet<>();
    for (String variable : CANN_VARIABLES) {
      String home = environment.getOrDefault(variable, "");
      if (!home.isEmpty()) {
        folders.add(Path.of(home, "lib64"));
      }
    }
    Arrays.stream(environment.getOrDefault("LD_LIBRARY_PATH", "").split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .forEach(folder -> folders.add(Path.of(folder)));
    return folders.stream().map(folder -> folder.resolve(file)).filter(Files::exists).findFirst();
  }
}
