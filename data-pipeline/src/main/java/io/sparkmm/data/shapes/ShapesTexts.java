package io.sparkmm.data.shapes;

import java.util.ArrayList;
import java.util.List;

/**
 * Every sentence that the set can hold, up to the number of objects in a list, with the words that
 * the chat template puts around them. They do not depend on the seed or the number of pictures, so
 * neither does the tokenizer that is learned from them.
 */
final class ShapesTexts {
  private ShapesTexts() {}

  /** The sentences as the template presents them to the tokenizer. */
  static List<String> all() {
    List<String> texts = new ArrayList<>();
    texts.add("system\nYou are a helpful assistant.");
    texts.add("assistant\n");
    addQuestion(texts, "What is in the picture?");
    QuestionKind.NUMBERS.forEach(texts::add);
    texts.add("yes");
    texts.add("no");
    for (ObjectShape shape : ObjectShape.values()) {
      addQuestion(texts, "What colour is the " + shape.word() + "?");
      addQuestion(texts, "How many " + shape.plural() + " are there?");
      texts.add(shape.word());
    }
    for (ObjectColor color : ObjectColor.values()) {
      addQuestion(texts, "What shape is the " + color.word() + " thing?");
      texts.add(color.word());
      for (ObjectShape shape : ObjectShape.values()) {
        String phrase = SceneObject.phrase(color, shape);
        texts.add(phrase + " and " + phrase);
        addQuestion(texts, "Is there " + phrase + "?");
      }
    }
    return texts;
  }

  /** A question as the first turn, below the picture, and as a later one. */
  private static void addQuestion(List<String> texts, String question) {
    texts.add("user\n" + question);
    texts.add("\n" + question);
  }
}
