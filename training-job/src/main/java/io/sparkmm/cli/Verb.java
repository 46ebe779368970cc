package io.sparkmm.cli;

/**
 * One thing that {@code sparkmm} can do.
 *
 * @param name the word on the command line
 * @param description one line for the list of verbs
 * @param owner the class that carries it out, for messages
 * @param action runs it
 */
public record Verb(String name, String description, Class<?> owner, Action action) {

  /** Runs a verb with the words that follow it on the command line. */
  @FunctionalInterface
  public interface Action {

    /**
     * @param args words after the verb
     * @return exit code: 0 done, 1 failed, 2 wrong usage or configuration
     */
    int run(String[] args);
  }
}
