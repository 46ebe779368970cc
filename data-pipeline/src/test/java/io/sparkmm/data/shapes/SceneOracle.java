package io.sparkmm.data.shapes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Answers the questions of the shapes set anew: it reads the English sentence and looks at the
 * kinds of the objects only, sharing no code with the questions' maker.
 */
final class SceneOracle {
  static final List<String> COLOURS = List.of("red", "green", "blue", "yellow", "purple", "orange");
  static final List<String> SHAPES = List.of("circle", "square", "triangle", "star");

  /** An object as two words. */
  record Kind(String colour, String shape) {
    static Kind of(SceneObject object) {
      return new Kind(COLOURS.get(object.color().ordinal()), SHAPES.get(object.shape().ordinal()));
    }

    /** Reads "a red circle" or "an orange star". */
    static Kind parse(String phrase) {
      String[] words = phrase.split(" ", -1);
      boolean vowel = "aeiou".indexOf(words[1].charAt(0)) >= 0;
      if (words.length != 3
          || !words[0].equals(vowel ? "an" : "a")
          || !COLOURS.contains(words[1])
          || !SHAPES.contains(words[2])) {
        throw new AssertionError("not a phrase for an object: " + phrase);
      }
      return new Kind(words[1], words[2]);
    }
  }

  private final List<Kind> kinds = new ArrayList<>();

  SceneOracle(Scene scene) {
    scene.objects().forEach(object -> kinds.add(Kind.of(object)));
  }

  List<Kind> kinds() {
    return kinds;
  }

  /** The kinds of a list such as "a red circle and a blue star". */
  static List<Kind> parseList(String text) {
    List<Kind> parsed = new ArrayList<>();
    for (String phrase : text.split(" and ", -1)) {
      parsed.add(Kind.parse(phrase));
    }
    return parsed;
  }

  /** The answer, empty if the question has none or several for this scene. */
  Optional<String> answer(String question) {
    String asked = question.substring(0, question.length() - 1);
    if (asked.equals("What is in the picture")) {
      return Optional.of(caption());
    }
    if (asked.startsWith("Is there ")) {
      Kind kind = Kind.parse(asked.substring("Is there ".length()));
      return Optional.of(kinds.contains(kind) ? "yes" : "no");
    }
    String[] words = asked.split(" ", -1);
    if (asked.startsWith("What colour is the ")) {
      return single(byShape(), words[4]);
    }
    if (asked.startsWith("What shape is the ") && words[5].equals("thing")) {
      return single(byColour(), words[4]);
    }
    if (asked.startsWith("How many ") && asked.endsWith("s are there")) {
      String shape = words[2].substring(0, words[2].length() - 1);
      int count = byShape().getOrDefault(shape, List.of()).size();
      return Optional.of(new String[] {"zero", "one", "two", "three"}[count]);
    }
    throw new AssertionError("not a question of the set: " + question);
  }

  /** Whether an absent object has its colour or its shape from the scene. */
  boolean isRelated(Kind absent) {
    Set<String> words = new TreeSet<>();
    kinds.forEach(kind -> words.addAll(List.of(kind.colour(), kind.shape())));
    return words.contains(absent.colour()) || words.contains(absent.shape());
  }

  String caption() {
    StringBuilder caption = new StringBuilder();
    for (Kind kind : kinds) {
      caption.append(caption.isEmpty() ? "" : " and ");
      caption.append(kind.colour().equals("orange") ? "an " : "a ");
      caption.append(kind.colour()).append(' ').append(kind.shape());
    }
    return caption.toString();
  }

  Map<String, List<String>> byShape() {
    Map<String, List<String>> colours = new TreeMap<>();
    kinds.forEach(
        kind -> colours.computeIfAbsent(kind.shape(), key -> new ArrayList<>()).add(kind.colour()));
    return colours;
  }

  Map<String, List<String>> byColour() {
    Map<String, List<String>> shapes = new TreeMap<>();
    kinds.forEach(
        kind -> shapes.computeIfAbsent(kind.colour(), key -> new ArrayList<>()).add(kind.shape()));
    return shapes;
  }

  private static Optional<String> single(Map<String, List<String>> groups, String key) {
    List<String> group = groups.getOrDefault(key, List.of());
    return group.size() == 1 ? Optional.of(group.get(0)) : Optional.empty();
  }
}
