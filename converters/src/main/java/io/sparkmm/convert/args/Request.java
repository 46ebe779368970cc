package io.sparkmm.convert.args;

import java.util.List;
import java.util.Optional;

/** What a command line asks for. */
public sealed interface Request permits Request.Run, Request.Show, Request.Refused {

  /**
   * A command is to run.
   *
   * @param words names of the command, such as converter and command
   * @param settings values of all its options
   */
  record Run(List<String> words, Settings settings) implements Request {
    public Run {
      words = List.copyOf(words);
    }
  }

  /**
   * A text is to be printed and nothing else: help or a configuration.
   *
   * @param text with line ends
   */
  record Show(String text) implements Request {}

  /**
   * The command line is wrong.
   *
   * @param usage how it is to be used, one or more lines; empty where that would not help
   * @param problems at least one
   * @param partial the command with what could be understood, if any: its sound settings may be
   *     wrong in other ways, too
   */
  record Refused(String usage, List<String> problems, Optional<Run> partial) implements Request {
    public Refused {
      problems = List.copyOf(problems);
    }
  }
}
