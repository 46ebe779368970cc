package io.sparkmm.convert.args;

import io.sparkmm.conf.NearestKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Parses one level that must be followed by another word. */
final class FamilyLevel {

  private static final String SUBCOMMAND = "subcommand";

  private final Walk walk;

  FamilyLevel(Walk walk) {
    this.walk = walk;
  }

  Request parse(Family family) {
    walk.variable().ifPresent(document -> walk.variables().add(0, document));
    Optional<String> word = Optional.empty();
    while (word.isEmpty() && walk.tokens().hasNext()) {
      String token = walk.tokens().next();
      Word option = Word.of(token);
      if (option.isHelp()) {
        return new Request.Show(walk.help().help(family));
      } else if (option.isConfig()) {
        walk.config(option).ifPresent(walk.documents()::add);
      } else if (option.isPrint()) {
        walk.print(option);
      } else if (Tokens.isOption(token)) {
        walk.problems()
            .add("unknown option " + option.name() + " of " + family.name() + late(option));
        return walk.refused(walk.help().usage(family));
      } else {
        word = Optional.of(token);
      }
    }
    checkKeys(family, walk.variables());
    checkKeys(family, walk.documents());
    Optional<String> chosen = word.or(() -> fromConfigurations(family));
    if (chosen.isEmpty()) {
      if (walk.problems().isEmpty()) {
        walk.problems().add("a subcommand is missing" + choose(family));
      }
      return walk.refused(walk.help().usage(family));
    }
    return enter(family, chosen.get());
  }

  private static String late(Word option) {
    return option.name().contains(".")
        ? "; options stand behind the command that they are for"
        : "";
  }

  private Request enter(Family family, String word) {
    Optional<Node> child = family.child(word);
    if (child.isEmpty()) {
      String near =
          NearestKey.find(word, family.shownNames())
              .map(name -> "; did you mean " + name + "?")
              .orElse("");
      walk.problems().add("unknown subcommand " + word + (near.isEmpty() ? choose(family) : near));
      return walk.refused(walk.help().usage(family));
    }
    Node node = child.get();
    if (node instanceof Unsupported unsupported) {
      return new Request.Refused("", List.of(unsupported.message()), Optional.empty());
    }
    walk.enter(node);
    return node instanceof Command command
        ? new CommandLevel(walk, command).parse()
        : parse((Family) node);
  }

  private static String choose(Family family) {
    return "; available subcommands: " + String.join(", ", family.shownNames());
  }

  private void checkKeys(Family family, List<Document> documents) {
    for (Document document : documents) {
      for (Map.Entry<String, ?> entry : document.tree().properties()) {
        String key = entry.getKey();
        if (!key.equals(SUBCOMMAND) && family.child(key).isEmpty()) {
          String prefix = String.join(".", walk.words()) + (walk.words().isEmpty() ? "" : ".");
          String near =
              NearestKey.find(key, family.shownNames())
                  .map(name -> "; did you mean " + prefix + name + "?")
                  .orElse("");
          walk.problems()
              .add("unknown key " + prefix + key + " (in " + document.origin() + ")" + near);
        }
      }
    }
  }

  /** The word where the command line has none: what a configuration or a variable says. */
  private Optional<String> fromConfigurations(Family family) {
    Optional<String> named =
        lastNamed(walk.documents())
            .or(() -> walk.environment().value(walk.words(), SUBCOMMAND))
            .or(() -> lastNamed(walk.variables()));
    if (named.isPresent()) {
      return named;
    }
    List<Document> all = new ArrayList<>(walk.variables());
    all.addAll(walk.documents());
    TreeSet<String> sections = new TreeSet<>();
    for (Document document : all) {
      document.tree().properties().stream()
          .map(Map.Entry::getKey)
          .filter(key -> family.child(key).isPresent())
          .forEach(sections::add);
    }
    if (sections.size() > 1) {
      walk.problems()
          .add(
              "the configurations have settings for "
                  + String.join(", ", sections)
                  + "; say which one is meant on the command line or with the key "
                  + SUBCOMMAND);
    }
    return sections.size() == 1 ? Optional.of(sections.first()) : Optional.empty();
  }

  private static Optional<String> lastNamed(List<Document> documents) {
    return documents.stream()
        .filter(document -> document.tree().path(SUBCOMMAND).isTextual())
        .map(document -> document.tree().path(SUBCOMMAND).textValue())
        .reduce((first, second) -> second);
  }
}
