package io.sparkmm.conf;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The configuration cannot be used. The message lists every problem on a line of its own. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigProblem> problems;
  private final transient Optional<TrainingConfiguration> configuration;

  /** An exception for at least one problem. */
  public ConfigException(List<ConfigProblem> problems) {
    this(problems, Optional.empty());
  }

  /**
   * An exception for at least one problem.
   *
   * @param configuration what was read, if every source could be read for itself
   */
  public ConfigException(
      List<ConfigProblem> problems, Optional<TrainingConfiguration> configuration) {
    super(describe(problems));
    this.problems = List.copyOf(problems);
    this.configuration = configuration;
  }

  /** All problems, in the order in which they were found. */
  public List<ConfigProblem> problems() {
    return problems == null ? List.of() : problems;
  }

  /**
   * What was read, to look for further problems; empty if a source could not be read. Its parts
   * contradict each other as the problems say.
   */
  public Optional<TrainingConfiguration> configuration() {
    return configuration == null ? Optional.empty() : configuration;
  }

  private static String describe(List<ConfigProblem> problems) {
    if (problems.isEmpty()) {
      throw new IllegalArgumentException("Cannot create a ConfigException without problems");
    }
    String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
    return problems.stream()
        .map(problem -> "  " + problem)
        .collect(Collectors.joining("\n", "Cannot use the configuration: " + count + "\n", ""));
  }
}
