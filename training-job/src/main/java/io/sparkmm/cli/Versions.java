package io.sparkmm.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Properties;

/** Versions of this project and of the libraries it runs on. */
final class Versions {

  private Versions() {}

  /** Version of the jar that holds this class. */
  static String project() {
    return Optional.ofNullable(Versions.class.getPackage().getImplementationVersion())
        .orElse("(not from a jar)");
  }

  /** Version of Spark on the class path; empty when there is none. */
  static Optional<String> spark() {
    return property("spark-version-info.properties", "version");
  }

  /** Version of the Scala library on the class path; empty when there is none. */
  static Optional<String> scala() {
    return property("library.properties", "version.number");
  }

  private static Optional<String> property(String resource, String key) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try (InputStream in = loader.getResourceAsStream(resource)) {
      if (in == null) {
        return Optional.empty();
      }
      Properties properties = new Properties();
      properties.load(in);
      return Optional.ofNullable(properties.getProperty(key));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
