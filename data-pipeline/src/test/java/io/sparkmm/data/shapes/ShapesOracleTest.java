package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.shapes.SceneOracle.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the set says about its scenes, judged by {@link SceneOracle}. */
class ShapesOracleTest {
  private static final int SCENES = 2000;

  private final SceneSource source = new SceneSource(11, SceneSource.Split.TRAIN);

  private List<Question> asked(QuestionKind kind) {
    List<Question> questions = new ArrayList<>();
    for (int i = 0; i < SCENES; i++) {
      kind.ask(source.scene(i), source.conversation(i)).ifPresent(questions::add);
    }
    return questions;
  }

  @ParameterizedTest
  @EnumSource(QuestionKind.class)
  void answersAreThoseOfTheOracle(QuestionKind kind) {
    int asked = 0;
    for (int i = 0; i < SCENES; i++) {
      Scene scene = source.scene(i);
      Optional<Question> question = kind.ask(scene, source.conversation(i));
      if (question.isPresent()) {
        asked++;
        assertThat(question.get().kind()).isEqualTo(kind);
        assertThat(new SceneOracle(scene).answer(question.get().text()))
            .as("%s about %s", question.get().text(), scene.caption())
            .contains(question.get().answer());
      }
    }
    assertThat(asked).isGreaterThan(SCENES * 3 / 4);
  }

  @Property(seed = "1", tries = 300)
  void aKindIsSilentOnlyWhereNothingIsUnambiguous(
      @ForAll long seed, @ForAll @IntRange(max = 500) int index) {
    SceneSource random = new SceneSource(seed, SceneSource.Split.HELDOUT);
    Scene scene = random.scene(index);
    SceneOracle oracle = new SceneOracle(scene);
    for (QuestionKind kind : QuestionKind.values()) {
      boolean possible =
          switch (kind) {
            case COLOUR -> oracle.byShape().values().stream().anyMatch(all -> all.size() == 1);
            case SHAPE -> oracle.byColour().values().stream().anyMatch(all -> all.size() == 1);
            default -> true;
          };
      assertThat(kind.ask(scene, random.conversation(index)).isPresent()).isEqualTo(possible);
    }
  }

  @Test
  void everyColourAndShapeIsAskedForAboutEquallyOften() {
    Map<String, Integer> colours = new HashMap<>();
    asked(QuestionKind.COLOUR).forEach(each -> colours.merge(each.answer(), 1, Integer::sum));
    assertThat(colours.keySet()).containsExactlyInAnyOrderElementsOf(SceneOracle.COLOURS);
    int colourTotal = colours.values().stream().mapToInt(Integer::intValue).sum();
    assertThat(colours.values())
        .allSatisfy(count -> assertThat(count * 6.0 / colourTotal).isBetween(0.8, 1.2));

    Map<String, Integer> shapes = new HashMap<>();
    asked(QuestionKind.SHAPE).forEach(each -> shapes.merge(each.answer(), 1, Integer::sum));
    assertThat(shapes.keySet()).containsExactlyInAnyOrderElementsOf(SceneOracle.SHAPES);
    int shapeTotal = shapes.values().stream().mapToInt(Integer::intValue).sum();
    assertThat(shapes.values())
        .allSatisfy(count -> assertThat(count * 4.0 / shapeTotal).isBetween(0.85, 1.15));
  }

  @Test
  void noCountIsSoFrequentThatGuessingItPays() {
    Map<String, Integer> counts = new HashMap<>();
    asked(QuestionKind.COUNT).forEach(each -> counts.merge(each.answer(), 1, Integer::sum));
    assertThat(counts.keySet()).containsExactlyInAnyOrder("zero", "one", "two", "three");
    assertThat(counts.values()).allMatch(count -> count < SCENES / 2);
    assertThat(counts.get("three")).isGreaterThan(SCENES / 40);
  }

  @Test
  void halfOfTheExistenceQuestionsAreTrueAndMostOthersHard() {
    int yes = 0;
    int related = 0;
    for (int i = 0; i < SCENES; i++) {
      Scene scene = source.scene(i);
      Question question = QuestionKind.EXIST.ask(scene, source.conversation(i)).orElseThrow();
      if (question.answer().equals("yes")) {
        yes++;
      } else {
        String phrase = question.text().replace("Is there ", "").replace("?", "");
        related += new SceneOracle(scene).isRelated(Kind.parse(phrase)) ? 1 : 0;
      }
    }
    assertThat(yes).isBetween(SCENES * 46 / 100, SCENES * 54 / 100);
    assertThat(related / (double) (SCENES - yes)).isBetween(0.65, 0.75);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void absentObjectsAreRelatedExactlyWhenAskedTo(boolean hard) {
    Set<Kind> drawn = new HashSet<>();
    for (int i = 0; i < SCENES; i++) {
      Scene scene = source.scene(i);
      AbsentObject absent = AbsentObject.draw(scene, source.conversation(i), hard);
      Kind kind = Kind.parse(absent.phrase());
      SceneOracle oracle = new SceneOracle(scene);
      assertThat(oracle.kinds()).doesNotContain(kind);
      assertThat(oracle.isRelated(kind)).isEqualTo(hard);
      drawn.add(kind);
    }
    assertThat(drawn).hasSize(24);
  }

  @Test
  void conversationsAskEachKindThatTheSceneOffersOnce() {
    Map<QuestionKind, Integer> positions = new EnumMap<>(QuestionKind.class);
    int descriptions = 0;
    for (int i = 0; i < SCENES; i++) {
      Scene scene = source.scene(i);
      SceneOracle oracle = new SceneOracle(scene);
      List<Question> turns = Conversations.draw(scene, source.conversation(i));
      Set<QuestionKind> kinds = EnumSet.noneOf(QuestionKind.class);
      for (Question turn : turns) {
        assertThat(kinds.add(turn.kind())).isTrue();
        assertThat(oracle.answer(turn.text())).contains(turn.answer());
      }
      if (kinds.contains(QuestionKind.DESCRIBE)) {
        descriptions++;
        assertThat(turns).hasSize(1);
      } else {
        assertThat(kinds).contains(QuestionKind.COUNT, QuestionKind.EXIST);
        assertThat(kinds.contains(QuestionKind.COLOUR))
            .isEqualTo(oracle.byShape().values().stream().anyMatch(all -> all.size() == 1));
        assertThat(kinds.contains(QuestionKind.SHAPE))
            .isEqualTo(oracle.byColour().values().stream().anyMatch(all -> all.size() == 1));
        positions.merge(turns.get(turns.size() - 1).kind(), 1, Integer::sum);
      }
    }
    assertThat(descriptions).isBetween(SCENES * 36 / 100, SCENES * 44 / 100);
    assertThat(positions).hasSize(4);
    assertThat(positions.values()).allMatch(count -> count > SCENES / 10);
  }

  @Test
  void chosenAnswersAreTrueAndRejectedOnesFalse() {
    int existence = 0;
    for (int i = 0; i < SCENES; i++) {
      Scene scene = source.scene(i);
      SceneOracle oracle = new SceneOracle(scene);
      PreferencePair pair = PreferencePair.draw(scene, source.preference(i));
      assertThat(oracle.answer(pair.question())).contains(pair.chosen());
      if (pair.question().startsWith("Is there")) {
        existence++;
        assertThat(List.of("yes", "no")).contains(pair.rejected());
        assertThat(pair.rejected()).isNotEqualTo(pair.chosen());
      } else {
        assertThat(differences(oracle.kinds(), SceneOracle.parseList(pair.rejected())))
            .as("%s instead of %s", pair.rejected(), pair.chosen())
            .isOne();
      }
    }
    assertThat(existence).isBetween(SCENES * 26 / 100, SCENES * 34 / 100);
  }

  /** Objects that are too many, too few or exchanged; an exchange keeps place and shape. */
  private static int differences(List<Kind> scene, List<Kind> told) {
    if (told.size() > scene.size()) {
      assertThat(told.subList(0, scene.size())).isEqualTo(scene);
      assertThat(scene).doesNotContainAnyElementsOf(told.subList(scene.size(), told.size()));
      return told.size() - scene.size();
    }
    if (told.size() < scene.size()) {
      assertThat(scene).containsSubsequence(told);
      return scene.size() - told.size();
    }
    int exchanged = 0;
    for (int i = 0; i < told.size(); i++) {
      assertThat(told.get(i).shape()).isEqualTo(scene.get(i).shape());
      if (!told.get(i).equals(scene.get(i))) {
        assertThat(scene).doesNotContain(told.get(i));
        exchanged++;
      }
    }
    return exchanged;
  }

  @Test
  void rejectedDescriptionsErrInAllWays() {
    int longer = 0;
    int shorter = 0;
    int recoloured = 0;
    for (int i = 0; i < SCENES; i++) {
      Scene scene = source.scene(i);
      PreferencePair pair = PreferencePair.draw(scene, source.preference(i));
      if (pair.question().startsWith("What is in")) {
        int told = SceneOracle.parseList(pair.rejected()).size();
        longer += told > scene.objects().size() ? 1 : 0;
        shorter += told < scene.objects().size() ? 1 : 0;
        recoloured += told == scene.objects().size() ? 1 : 0;
      }
    }
    assertThat(longer).isBetween(SCENES * 36 / 100, SCENES * 44 / 100);
    // A lone object cannot be left out, so more are recoloured than left out.
    assertThat(shorter).isBetween(SCENES * 7 / 100, SCENES * 13 / 100);
    assertThat(recoloured).isBetween(SCENES * 17 / 100, SCENES * 24 / 100);
  }
}
