package io.sparkmm.quickstart;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers to a list of questions, in the order of the questions.
 *
 * @param questions what was asked
 * @param answers what the model said; the same length
 */
record AnswerSheet(List<HeldOutQuestion> questions, List<String> answers) {
  AnswerSheet {
    questions = List.copyOf(questions);
    answers = List.copyOf(answers);
    if (questions.size() != answers.size()) {
      throw new IllegalArgumentException(
          "Cannot judge " + answers.size() + " answers to " + questions.size() + " questions");
    }
  }

  /** Right answers among all asked. */
  record Score(int right, int asked) {
    double percent() {
      return asked == 0 ? 0 : 100.0 * right / asked;
    }
  }

  boolean right(int index) {
    return answers.get(index).equals(questions.get(index).answer());
  }

  /** Score over all questions. */
  Score overall() {
    int right = 0;
    for (int i = 0; i < questions.size(); i++) {
      right += right(i) ? 1 : 0;
    }
    return new Score(right, questions.size());
  }

  /** Score for each kind of question, in the order in which the kinds first appear. */
  Map<String, Score> byKind() {
    Map<String, Score> scores = new LinkedHashMap<>();
    for (int i = 0; i < questions.size(); i++) {
      scores.merge(
          questions.get(i).kind(),
          new Score(right(i) ? 1 : 0, 1),
          (a, b) -> new Score(a.right() + b.right(), a.asked() + b.asked()));
    }
    return scores;
  }
}
