package io.sparkmm.cli;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The JDK that runs this, and whether the tools to rebuild are there. */
record JavaProbe(Map<String, String> environment) implements Probe {

  private static final String TOPIC = "java";
  private static final int OLDEST = 17;

  @Override
  public List<Finding> look() {
    List<Finding> findings = new ArrayList<>();
    findings.add(version(Runtime.version().feature()));
    findings.add(Finding.ok(TOPIC, "home", System.getProperty("java.home")));
    findings.add(Finding.ok(TOPIC, "heap limit", Sizes.text(Runtime.getRuntime().maxMemory())));
    findings.add(
        findOnPath("mvn")
            .map(path -> Finding.ok(TOPIC, "maven", path))
            .orElseGet(
                () ->
                    Finding.warning(
                        TOPIC,
                        "maven",
                        "not on PATH",
                        "install Maven 3.8 or newer to rebuild after changes")));
    return findings;
  }

  Finding version(int feature) {
    String value = Runtime.version() + " (" + System.getProperty("java.vendor") + ")";
    boolean oldSpark = Versions.spark().filter(version -> version.startsWith("3.")).isPresent();
    if (feature < OLDEST) {
      return Finding.missing(TOPIC, "version", value, "use a JDK 17 or newer");
    }
    if (oldSpark && feature > OLDEST) {
      return Finding.warning(
          TOPIC, "version", value, "Spark 3.5 is made for JDK 17 at most; set JAVA_HOME to one");
    }
    return Finding.ok(TOPIC, "version", value);
  }

  private Optional<Path> findOnPath(String program) {
    return Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
