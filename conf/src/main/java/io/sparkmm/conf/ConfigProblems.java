package io.sparkmm.conf;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects everything that is wrong in all sources, so that a user sees it in one run. Warnings are
 * kept apart and never stop anything. Not safe for use by several threads.
 */
public final class ConfigProblems {
  private final List<ConfigProblem> problems = new ArrayList<>();
  private final List<ConfigProblem> warnings = new ArrayList<>();
  private int unknownKeys;

  /** Adds a problem that must stop the run. */
  public void add(String file, String key, String value, String message) {
    problems.add(new ConfigProblem(file, key, value, message));
  }

  /** Adds a problem that leaves all values readable: a key that nothing asked for. */
  public void addUnknownKey(String file, String key, String value, String message) {
    add(file, key, value, message);
    unknownKeys++;
  }

  /** Adds a remark that the user should see and that does not stop the run. */
  public void warn(String file, String key, String value, String message) {
    warnings.add(new ConfigProblem(file, key, value, message));
  }

  /** Adds the problems of another collection. */
  public void addAll(List<ConfigProblem> others) {
    problems.addAll(others);
  }

  /** Number of problems so far, for callers that ask whether a step added some. */
  public int count() {
    return problems.size();
  }

  /** Number of problems that may have left a value unread: all but unknown keys. */
  public int countWithoutUnknownKeys() {
    return problems.size() - unknownKeys;
  }

  /** The problems in the order in which they were found. */
  public List<ConfigProblem> problems() {
    return List.copyOf(problems);
  }

  /** The warnings in the order in which they were found. */
  public List<ConfigProblem> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * Ends the collection.
   *
   * @throws ConfigException with all problems, if there is any
   */
  public void throwIfAny() {
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }
}
