package io.sparkmm.convert.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Collects what is to be said about the settings of a command. */
final class Findings {

  private final List<String> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  void problem(String text) {
    if (!problems.contains(text)) {
      problems.add(text);
    }
  }

  void warning(String text) {
    warnings.add(text);
  }

  /** Why the command cannot run; empty when it can. */
  List<String> problems() {
    return Collections.unmodifiableList(problems);
  }

  /** What the user should know. */
  List<String> warnings() {
    return Collections.unmodifiableList(warnings);
  }
}
