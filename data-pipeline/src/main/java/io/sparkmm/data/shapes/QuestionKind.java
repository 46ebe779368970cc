package io.sparkmm.data.shapes;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The kinds of questions about a scene, each with its true answer. */
enum QuestionKind {
  /** The colour of the only object of a shape. */
  COLOUR {
    @Override
    Optional<Question> ask(Scene scene, SceneRandom random) {
      List<ObjectShape> single =
          List.of(ObjectShape.values()).stream()
              .filter(shape -> scene.withShape(shape).size() == 1)
              .toList();
      if (single.isEmpty()) {
        return Optional.empty();
      }
      ObjectShape shape = random.pick(single);
      String answer = scene.withShape(shape).get(0).color().word();
      return Optional.of(new Question(this, "What colour is the " + shape.word() + "?", answer));
    }
  },

  /** The shape of the only object of a colour. */
  SHAPE {
    @Override
    Optional<Question> ask(Scene scene, SceneRandom random) {
      List<ObjectColor> single =
          List.of(ObjectColor.values()).stream()
              .filter(color -> scene.withColor(color).size() == 1)
              .toList();
      if (single.isEmpty()) {
        return Optional.empty();
      }
      ObjectColor color = random.pick(single);
      String answer = scene.withColor(color).get(0).shape().word();
      return Optional.of(
          new Question(this, "What shape is the " + color.word() + " thing?", answer));
    }
  },

  /** How many objects have a shape; higher counts are asked for more often. */
  COUNT {
    @Override
    Optional<Question> ask(Scene scene, SceneRandom random) {
      List<List<ObjectShape>> byCount = new ArrayList<>();
      for (int count = 0; count <= Scene.MAX_OBJECTS; count++) {
        int wanted = count;
        byCount.add(
            List.of(ObjectShape.values()).stream()
                .filter(shape -> scene.withShape(shape).size() == wanted)
                .toList());
      }
      int count = pickCount(byCount, random);
      String shapes = random.pick(byCount.get(count)).plural();
      return Optional.of(
          new Question(this, "How many " + shapes + " are there?", NUMBERS.get(count)));
    }
  },

  /** Whether an object of a colour and shape is there; half of the answers are "yes". */
  EXIST {
    @Override
    Optional<Question> ask(Scene scene, SceneRandom random) {
      if (random.chance(0.5)) {
        return Optional.of(exists(random.pick(scene.objects()).phrase(), "yes"));
      }
      AbsentObject absent = AbsentObject.draw(scene, random, random.chance(HARD_SHARE));
      return Optional.of(exists(absent.phrase(), "no"));
    }
  },

  /** All objects. */
  DESCRIBE {
    @Override
    Optional<Question> ask(Scene scene, SceneRandom random) {
      return Optional.of(new Question(this, "What is in the picture?", scene.caption()));
    }
  };

  /** The counts as words. */
  static final List<String> NUMBERS = List.of("zero", "one", "two", "three");

  private static final double[] COUNT_WEIGHTS = {0.5, 1, 2, 4};
  private static final double HARD_SHARE = 0.7;

  /**
   * A question of this kind with its true answer.
   *
   * @return empty if the scene offers no unambiguous one
   */
  abstract Optional<Question> ask(Scene scene, SceneRandom random);

  /** The name in files, lower case. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A question about existence with a given answer. */
  static Question exists(String phrase, String answer) {
    return new Question(EXIST, "Is there " + phrase + "?", answer);
  }

  private static int pickCount(List<List<ObjectShape>> byCount, SceneRandom random) {
    double total = 0;
    for (int count = 0; count < byCount.size(); count++) {
      total += byCount.get(count).isEmpty() ? 0 : COUNT_WEIGHTS[count];
    }
    double at = random.uniform(0, total);
    int last = 0;
    for (int count = 0; count < byCount.size(); count++) {
      if (!byCount.get(count).isEmpty()) {
        last = count;
        at -= COUNT_WEIGHTS[count];
        if (at < 0) {
          break;
        }
      }
    }
    return last;
  }
}
