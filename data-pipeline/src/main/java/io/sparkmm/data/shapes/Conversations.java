package io.sparkmm.data.shapes;

import java.util.ArrayList;
import java.util.List;

/**
 * The mix of training conversations: 40 % one question for everything in the picture, 60 % one
 * question of each other kind that the scene offers, in random order.
 */
final class Conversations {
  private static final double CAPTION_SHARE = 0.4;
  private static final List<QuestionKind> KINDS =
      List.of(QuestionKind.COLOUR, QuestionKind.SHAPE, QuestionKind.COUNT, QuestionKind.EXIST);

  private Conversations() {}

  /** The questions of one training record, in the order of its turns; at least one. */
  static List<Question> draw(Scene scene, SceneRandom random) {
    if (random.chance(CAPTION_SHARE)) {
      return List.of(QuestionKind.DESCRIBE.ask(scene, random).orElseThrow());
    }
    List<QuestionKind> left = new ArrayList<>(KINDS);
    List<Question> questions = new ArrayList<>();
    while (!left.isEmpty()) {
      QuestionKind kind = left.remove(random.below(left.size()));
      kind.ask(scene, random).ifPresent(questions::add);
    }
    return questions;
  }
}
