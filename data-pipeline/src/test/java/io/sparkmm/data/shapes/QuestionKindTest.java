package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class QuestionKindTest {
  private static final int SCENES = 4000;
  private static final Pattern EXIST = Pattern.compile("Is there (an? (\\w+) (\\w+))\\?");

  private final SceneSource source = new SceneSource(3, SceneSource.Split.TRAIN);

  private static SceneObject object(ObjectColor color, ObjectShape shape, int cell) {
    return new SceneObject(color, shape, cell, cell % 2 * 28 + 14, cell / 2 * 28 + 14, 10, 0);
  }

  private static Optional<Question> ask(QuestionKind kind, SceneObject... objects) {
    return kind.ask(new Scene(List.of(objects), 220, 0), SceneRandom.of(1));
  }

  @Test
  void asksOnlyForTheColourOfALoneShape() {
    assertThat(
            ask(
                QuestionKind.COLOUR,
                object(ObjectColor.RED, ObjectShape.STAR, 0),
                object(ObjectColor.BLUE, ObjectShape.STAR, 1)))
        .isEmpty();
    Question question =
        ask(
                QuestionKind.COLOUR,
                object(ObjectColor.RED, ObjectShape.STAR, 0),
                object(ObjectColor.BLUE, ObjectShape.STAR, 1),
                object(ObjectColor.GREEN, ObjectShape.CIRCLE, 2))
            .orElseThrow();
    assertThat(question.text()).isEqualTo("What colour is the circle?");
    assertThat(question.answer()).isEqualTo("green");
  }

  @Test
  void asksOnlyForTheShapeOfALoneColour() {
    assertThat(
            ask(
                QuestionKind.SHAPE,
                object(ObjectColor.RED, ObjectShape.STAR, 0),
                object(ObjectColor.RED, ObjectShape.CIRCLE, 1)))
        .isEmpty();
    Question question = ask(QuestionKind.SHAPE, object(ObjectColor.RED, ObjectShape.STAR, 0)).get();
    assertThat(question.text()).isEqualTo("What shape is the red thing?");
    assertThat(question.answer()).isEqualTo("star");
  }

  @Test
  void describesAllObjects() {
    Question question =
        ask(
                QuestionKind.DESCRIBE,
                object(ObjectColor.ORANGE, ObjectShape.SQUARE, 0),
                object(ObjectColor.BLUE, ObjectShape.STAR, 3))
            .orElseThrow();
    assertThat(question.text()).isEqualTo("What is in the picture?");
    assertThat(question.answer()).isEqualTo("an orange square and a blue star");
  }

  @Test
  void countsAreTrueAndFollowTheirWeights() {
    Map<String, Integer> answers = new HashMap<>();
    for (int index = 0; index < SCENES; index++) {
      Scene scene = source.scene(index);
      Question question = QuestionKind.COUNT.ask(scene, source.conversation(index)).orElseThrow();
      ObjectShape shape =
          List.of(ObjectShape.values()).stream()
              .filter(each -> question.text().equals("How many " + each.plural() + " are there?"))
              .findFirst()
              .orElseThrow();
      assertThat(question.answer())
          .isEqualTo(QuestionKind.NUMBERS.get(scene.withShape(shape).size()));
      answers.merge(question.answer(), 1, Integer::sum);
    }
    assertThat(share(answers, "zero")).isBetween(0.23, 0.29);
    assertThat(share(answers, "one")).isBetween(0.40, 0.47);
    assertThat(share(answers, "two")).isBetween(0.21, 0.28);
    assertThat(share(answers, "three")).isBetween(0.035, 0.085);
  }

  @Test
  void existenceIsTrueBalancedAndMostlyHard() {
    Map<String, Integer> answers = new HashMap<>();
    int hard = 0;
    for (int index = 0; index < SCENES; index++) {
      Scene scene = source.scene(index);
      Question question = QuestionKind.EXIST.ask(scene, source.conversation(index)).orElseThrow();
      Matcher matcher = EXIST.matcher(question.text());
      assertThat(matcher.matches()).isTrue();
      boolean there =
          scene.objects().stream().anyMatch(each -> each.phrase().equals(matcher.group(1)));
      assertThat(question.answer()).isEqualTo(there ? "yes" : "no");
      answers.merge(question.answer(), 1, Integer::sum);
      boolean related =
          scene.objects().stream()
              .anyMatch(
                  each ->
                      each.color().word().equals(matcher.group(2))
                          || each.shape().word().equals(matcher.group(3)));
      hard += !there && related ? 1 : 0;
    }
    assertThat(share(answers, "yes")).isBetween(0.47, 0.53);
    assertThat((double) hard / answers.get("no")).isBetween(0.66, 0.74);
  }

  @Test
  void conversationsMixTheKindsInEveryOrder() {
    int captions = 0;
    Set<QuestionKind> first = new HashSet<>();
    for (int index = 0; index < SCENES; index++) {
      List<Question> turns = Conversations.draw(source.scene(index), source.conversation(index));
      assertThat(turns.stream().map(Question::kind).distinct().count()).isEqualTo(turns.size());
      assertThat(turns).hasSizeBetween(1, 4);
      first.add(turns.get(0).kind());
      if (turns.get(0).kind() == QuestionKind.DESCRIBE) {
        captions++;
        assertThat(turns).hasSize(1);
      }
    }
    assertThat((double) captions / SCENES).isBetween(0.375, 0.425);
    assertThat(first).containsExactlyInAnyOrder(QuestionKind.values());
  }

  @Test
  void rejectedAnswersAreWrong() {
    int invented = 0;
    for (int row = 0; row < SCENES; row++) {
      Scene scene = source.scene(row);
      PreferencePair pair = PreferencePair.draw(scene, source.preference(row));
      assertThat(pair.rejected()).isNotEqualTo(pair.chosen());
      if (pair.question().startsWith("What is in")) {
        assertThat(pair.chosen()).isEqualTo(scene.caption());
        if (pair.rejected().startsWith(scene.caption() + " and ")) {
          invented++;
          String added = pair.rejected().substring(scene.caption().length() + 5);
          assertThat(scene.objects()).noneMatch(each -> each.phrase().equals(added));
        }
      } else {
        assertThat(List.of(pair.chosen(), pair.rejected())).containsExactlyInAnyOrder("yes", "no");
      }
    }
    assertThat((double) invented / SCENES).isBetween(0.36, 0.44);
  }

  private static double share(Map<String, Integer> counts, String key) {
    return counts.getOrDefault(key, 0) / (double) SCENES;
  }
}
