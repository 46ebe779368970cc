package io.sparkmm.conf;

/**
 * One thing that is wrong (or, as a warning, odd) in one configuration source.
 *
 * @param file the file, or {@code launch arguments} or {@code environment}
 * @param key the full dotted key, the option with its dashes, or the name of the variable; empty
 *     where the whole file is meant
 * @param value the offending value as it was written; empty where there is none
 * @param message what is wrong and what would be accepted
 */
public record ConfigProblem(String file, String key, String value, String message) {

  /** File, key, value and message on one line. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(file);
    if (!key.isEmpty()) {
      line.append(": ").append(key);
    }
    if (!value.isEmpty()) {
      line.append(" = ").append(value);
    }
    return line.append(": ").append(message).toString();
  }
}
