package io.sparkmm.data.shapes;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A question with a true answer and one that is wrong in one segment: an invented object (40 %), a
 * left-out or wrongly coloured object (30 %), or a wrong yes or no (30 %).
 *
 * @param question what is asked
 * @param chosen the true answer
 * @param rejected the wrong answer
 */
record PreferencePair(String question, String chosen, String rejected) {
  private static final double INVENTED_SHARE = 0.4;
  private static final double ALTERED_SHARE = 0.3;

  /** Draws a pair about a scene. */
  static PreferencePair draw(Scene scene, SceneRandom random) {
    double at = random.uniform();
    if (at >= INVENTED_SHARE + ALTERED_SHARE) {
      return exist(scene, random);
    }
    Question question = QuestionKind.DESCRIBE.ask(scene, random).orElseThrow();
    String rejected = at < INVENTED_SHARE ? invented(scene, random) : altered(scene, random);
    return new PreferencePair(question.text(), question.answer(), rejected);
  }

  private static PreferencePair exist(Scene scene, SceneRandom random) {
    Question question =
        random.chance(0.5)
            ? QuestionKind.exists(random.pick(scene.objects()).phrase(), "yes")
            : QuestionKind.exists(AbsentObject.draw(scene, random, true).phrase(), "no");
    String wrong = question.answer().equals("yes") ? "no" : "yes";
    return new PreferencePair(question.text(), question.answer(), wrong);
  }

  private static String invented(Scene scene, SceneRandom random) {
    AbsentObject absent = AbsentObject.draw(scene, random, random.chance(0.5));
    return scene.caption() + " and " + absent.phrase();
  }

  private static String altered(Scene scene, SceneRandom random) {
    List<String> phrases =
        scene.objects().stream()
            .map(SceneObject::phrase)
            .collect(Collectors.toCollection(ArrayList::new));
    int changed = random.below(phrases.size());
    if (phrases.size() > 1 && random.chance(0.5)) {
      phrases.remove(changed);
    } else {
      ObjectShape shape = scene.objects().get(changed).shape();
      List<ObjectColor> colors =
          List.of(ObjectColor.values()).stream()
              .filter(color -> !scene.contains(color, shape))
              .toList();
      phrases.set(changed, SceneObject.phrase(random.pick(colors), shape));
    }
    return String.join(" and ", phrases);
  }
}
