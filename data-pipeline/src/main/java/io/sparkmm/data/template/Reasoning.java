package io.sparkmm.data.template;

import io.sparkmm.conf.NamedValue;
import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What a template does about thoughts in answers.
 *
 * @param open what begins a thought
 * @param close what ends a thought
 * @param empty the thought that is written for an answer without one
 * @param thinking whether answers are trained with thoughts
 * @param discardsMaskedHistory whether thoughts of earlier answers are removed when only the last
 *     answer is trained
 */
public record Reasoning(
    String open, String close, String empty, Thinking thinking, boolean discardsMaskedHistory)
    implements Serializable {

  /** The usual words, with line feeds around the thought; thoughts are trained. */
  public static final Reasoning PLAIN =
      new Reasoning("<think>\n", "\n</think>\n\n", "<think>\n\n</think>\n\n", Thinking.ON, false);

  /** Whether answers are trained with thoughts. */
  public enum Thinking implements NamedValue {
    /** Thoughts are trained; an empty one is put in front of an answer that has none. */
    ON,
    /** Thoughts are removed, and the empty one ends the question, untrained. */
    OFF,
    /** Thoughts are trained; for an answer without one, the empty one ends the question. */
    UNSET;

    @Override
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Reasoning {
    for (String word : new String[] {open, close}) {
      if (word.isBlank()) {
        throw new IllegalArgumentException("Cannot mark thoughts with a blank word");
      }
    }
    Objects.requireNonNull(empty, "empty");
    Objects.requireNonNull(thinking, "thinking");
  }

  /** The same rules with another choice about thinking. */
  public Reasoning withThinking(Thinking other) {
    return new Reasoning(open, close, empty, other, discardsMaskedHistory);
  }

  /** Whether an answer has neither word of a thought. */
  boolean lacksThought(String answer) {
    return !answer.contains(open.strip()) && !answer.contains(close.strip());
  }

  /** An answer without its thoughts and the line feeds that lead it then. */
  String withoutThoughts(String answer) {
    Pattern thought =
        Pattern.compile(Pattern.quote(open) + ".*?" + Pattern.quote(close), Pattern.DOTALL);
    String rest = thought.matcher(answer).replaceAll("");
    int start = 0;
    while (start < rest.length() && rest.charAt(start) == '\n') {
      start++;
    }
    return rest.substring(start);
  }
}
