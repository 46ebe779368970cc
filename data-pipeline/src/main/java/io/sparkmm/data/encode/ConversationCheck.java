package io.sparkmm.data.encode;

import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.template.MediaTokens;
import java.util.List;
import java.util.Optional;

/** Finds what makes a conversation unfit for encoding, before any work is done on it. */
final class ConversationCheck {
  private final Placeholders placeholders;
  private final Optional<MediaTokens> mediaTokens;

  ConversationCheck(Placeholders placeholders, Optional<MediaTokens> mediaTokens) {
    this.placeholders = placeholders;
    this.mediaTokens = mediaTokens;
  }

  /** What is wrong, and where. */
  record Defect(RejectReason reason, String detail) {}

  Optional<Defect> find(String system, List<Turn> turns, int pictures) {
    return order(turns).or(() -> texts(system, turns)).or(() -> media(turns, pictures));
  }

  private static Optional<Defect> order(List<Turn> turns) {
    if (turns.isEmpty()) {
      return Optional.of(new Defect(RejectReason.MESSAGES_EMPTY, "0 messages"));
    }
    for (int i = 0; i < turns.size(); i++) {
      Turn turn = turns.get(i);
      if (i % 2 == 0 ? !turn.role().asks() : !turn.role().answers()) {
        return Optional.of(
            new Defect(RejectReason.ROLE_UNEXPECTED, "message " + i + " is of " + turn.role()));
      }
    }
    return turns.size() % 2 == 0
        ? Optional.empty()
        : Optional.of(new Defect(RejectReason.MESSAGE_COUNT, turns.size() + " messages"));
  }

  private Optional<Defect> texts(String system, List<Turn> turns) {
    List<String> reserved = mediaTokens.map(MediaTokens::reserved).orElse(List.of());
    Optional<Defect> defect = text(system, "the system message", reserved);
    // Where the placeholder is the token itself, it stands for a picture in a turn.
    List<String> reservedInTurns =
        reserved.stream().filter(token -> !token.equals(placeholders.image())).toList();
    for (int i = 0; i < turns.size() && defect.isEmpty(); i++) {
      defect = text(turns.get(i).content(), "message " + i, reservedInTurns);
    }
    return defect;
  }

  /** What is wrong with a text that {@code where} names. */
  Optional<Defect> text(String text, String where) {
    return text(text, where, mediaTokens.map(MediaTokens::reserved).orElse(List.of()));
  }

  private static Optional<Defect> text(String text, String where, List<String> reserved) {
    int lone = loneSurrogate(text);
    if (lone >= 0) {
      return Optional.of(
          new Defect(
              RejectReason.INVALID_TEXT,
              where + " has half of a surrogate pair at character " + lone));
    }
    return reserved.stream()
        .filter(text::contains)
        .findFirst()
        .map(token -> new Defect(RejectReason.RESERVED_TOKEN, where + " contains " + token));
  }

  private Optional<Defect> media(List<Turn> turns, int pictures) {
    if (mediaTokens.isEmpty()) {
      // Without media, the placeholders are words like any other.
      return pictures == 0
          ? Optional.empty()
          : Optional.of(new Defect(RejectReason.IMAGES_UNSUPPORTED, pictures + " pictures"));
    }
    int images = count(turns, placeholders.image());
    if (images != pictures) {
      return mismatch(placeholders.image(), images, pictures + " pictures");
    }
    int videos = count(turns, placeholders.video());
    if (videos != 0) {
      return mismatch(placeholders.video(), videos, "0 videos");
    }
    int audios = count(turns, placeholders.audio());
    if (audios != 0) {
      return mismatch(placeholders.audio(), audios, "0 sounds");
    }
    return Optional.empty();
  }

  private static Optional<Defect> mismatch(String placeholder, int count, String media) {
    return Optional.of(
        new Defect(
            RejectReason.PLACEHOLDER_MISMATCH, count + " times " + placeholder + ", " + media));
  }

  /** Occurrences in all turns; they do not overlap. */
  private static int count(List<Turn> turns, String word) {
    int count = 0;
    for (Turn turn : turns) {
      String text = turn.content();
      for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length())) {
        count++;
      }
    }
    return count;
  }

  private static int loneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isHighSurrogate(c)
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        } else {
          return i;
        }
      }
    }
    return -1;
  }
}
