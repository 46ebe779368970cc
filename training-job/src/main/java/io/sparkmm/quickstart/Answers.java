package io.sparkmm.quickstart;

import java.util.Locale;

/**
 * The answers of a run to the same questions.
 *
 * @param before of the untrained model
 * @param blind of the trained model that does not see the pictures
 * @param after of the trained model
 */
record Answers(AnswerSheet before, AnswerSheet blind, AnswerSheet after) {
  private static final int SHOWN = 8;

  /** Accuracy by kind, and some questions side by side, for a terminal. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append(line("kind", "asked", "untrained", "no picture", "trained"));
    after
        .byKind()
        .forEach(
            (kind, score) ->
                text.append(
                    scores(kind, before.byKind().get(kind), blind.byKind().get(kind), score)));
    text.append(scores("all", before.overall(), blind.overall(), after.overall())).append('\n');
    for (int i = 0; i < Math.min(SHOWN, after.questions().size()); i++) {
      HeldOutQuestion question = after.questions().get(i);
      text.append(
          String.format(
              Locale.ROOT,
              "   %s%n      true: %s | before: %s | after: %s%n",
              question.question(),
              question.answer(),
              shortened(before.answers().get(i)),
              after.answers().get(i)));
    }
    return text.toString();
  }

  /** The outcome in one line. */
  String summary() {
    AnswerSheet.Score trained = after.overall();
    return String.format(
        Locale.ROOT,
        "%d of %d held-out questions answered exactly (%.1f %%), untrained %d",
        trained.right(),
        trained.asked(),
        trained.percent(),
        before.overall().right());
  }

  private static String scores(
      String kind, AnswerSheet.Score before, AnswerSheet.Score blind, AnswerSheet.Score after) {
    return line(
        kind,
        Integer.toString(after.asked()),
        percent(before.percent()),
        percent(blind.percent()),
        percent(after.percent()));
  }

  private static String line(String kind, String asked, String before, String blind, String after) {
    return String.format(
        Locale.ROOT, "   %-10s %6s %10s %11s %9s%n", kind, asked, before, blind, after);
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.1f %%", value);
  }

  private static String shortened(String answer) {
    String flat = answer.replace('\n', ' ').strip();
    return flat.length() <= 40 ? flat : flat.substring(0, 40) + "\u2026";
  }
}
