package io.sparkmm.cli;

/**
 * One line of the report on the environment.
 *
 * @param topic group of the line, such as {@code spark}
 * @param name what was looked at
 * @param value what was found
 * @param level whether that will do
 * @param remedy what to do about it; empty when nothing is to be done
 */
record Finding(String topic, String name, String value, Level level, String remedy) {

  /** How much a finding matters for training on CPUs. */
  enum Level {
    /** As it should be, or for information. */
    OK,
    /** Works, but slowly or not in all cases. */
    WARNING,
    /** Training on CPUs does not work without it. */
    MISSING
  }

  static Finding ok(String topic, String name, Object value) {
    return new Finding(topic, name, String.valueOf(value), Level.OK, "");
  }

  static Finding warning(String topic, String name, Object value, String remedy) {
    return new Finding(topic, name, String.valueOf(value), Level.WARNING, remedy);
  }

  static Finding missing(String topic, String name, Object value, String remedy) {
    return new Finding(topic, name, String.valueOf(value), Level.MISSING, remedy);
  }
}
