package io.sparkmm.quickstart;

import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.train.generate.DecodableModel;
import io.sparkmm.train.generate.GreedyGenerator;
import io.sparkmm.train.generate.Prompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Asks a model held-out questions and writes its answers down. */
final class QuestionAnswerer {
  private static final int BATCH = 64;

  private final Tokenizer tokenizer;
  private final QuestionPrompts prompts;
  private final GreedyGenerator.Settings settings;

  /**
   * @param tokenizer the checkpoint's tokenizer; stays the caller's
   * @param prompts makes the prompts
   * @param settings longest answer and the tokens that end one
   */
  QuestionAnswerer(
      Tokenizer tokenizer, QuestionPrompts prompts, GreedyGenerator.Settings settings) {
    this.tokenizer = tokenizer;
    this.prompts = prompts;
    this.settings = settings;
  }

  /**
   * Greedy answers to all questions. An answer that does not end by itself is shown with an
   * ellipsis, so that it never counts as right.
   *
   * @param model the model to ask
   * @param questions what to ask
   * @param blind whether the pictures are hidden from the model
   */
  AnswerSheet ask(DecodableModel model, List<HeldOutQuestion> questions, boolean blind) {
    GreedyGenerator generator = new GreedyGenerator(model, settings);
    List<String> answers = new ArrayList<>(questions.size());
    for (int first = 0; first < questions.size(); first += BATCH) {
      List<Prompt> batch =
          questions.subList(first, Math.min(first + BATCH, questions.size())).stream()
              .map(question -> prompts.prompt(question, blind))
              .toList();
      for (GreedyGenerator.Continuation answer : generator.generate(batch)) {
        int[] ids = Arrays.stream(answer.ids()).mapToInt(Math::toIntExact).toArray();
        String text = tokenizer.decode(ids, true);
        answers.add(answer.ended() ? text : text + " \u2026");
      }
    }
    return new AnswerSheet(questions, answers);
  }
}
