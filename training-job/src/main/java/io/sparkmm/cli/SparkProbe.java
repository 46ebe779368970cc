package io.sparkmm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.util.VersionInfo;

/** Spark, Scala and Hadoop as they are on the class path. */
record SparkProbe(Map<String, String> environment) implements Probe {

  private static final String TOPIC = "spark";
  private static final String REMEDY =
      "start through bin/sparkmm, or through spark-submit of Spark 3.5 or 4.x for Scala 2.13";

  @Override
  public List<Finding> look() {
    List<Finding> findings = new ArrayList<>();
    findings.add(
        Versions.spark()
            .map(SparkProbe::sparkVersion)
            .orElseGet(() -> Finding.missing(TOPIC, "version", "not on the class path", REMEDY)));
    findings.add(
        Versions.scala()
            .map(SparkProbe::scalaVersion)
            .orElseGet(() -> Finding.missing(TOPIC, "scala", "not on the class path", REMEDY)));
    try {
      findings.add(Finding.ok(TOPIC, "hadoop client", VersionInfo.getVersion()));
    } catch (LinkageError e) {
      findings.add(Finding.missing(TOPIC, "hadoop client", Probe.describe(e), REMEDY));
    }
    String home = environment.getOrDefault("SPARK_HOME", "");
    findings.add(
        home.isEmpty()
            ? Finding.warning(
                TOPIC, "home", "SPARK_HOME is not set", "local-cluster masters need it")
            : Finding.ok(TOPIC, "home", home));
    return findings;
  }

  static Finding sparkVersion(String version) {
    boolean known = version.startsWith("4.") || version.startsWith("3.5.");
    return known
        ? Finding.ok(TOPIC, "version", version)
        : Finding.missing(TOPIC, "version", version, "use Spark 3.5 or 4.x");
  }

  static Finding scalaVersion(String version) {
    return version.startsWith("2.13.")
        ? Finding.ok(TOPIC, "scala", version)
        : Finding.missing(TOPIC, "scala", version, "use a Spark that is built for Scala 2.13");
  }
}
