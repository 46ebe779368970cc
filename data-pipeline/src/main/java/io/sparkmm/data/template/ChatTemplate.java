package io.sparkmm.data.template;

import io.sparkmm.data.sample.Role;
import java.util.List;
import java.util.Optional;

/**
 * How a model family writes conversations. To add one: write a class that implements this
 * interface, and name it in {@link ChatTemplates#standard()}.
 */
public interface ChatTemplate {
  /** The names that settings use; the first is the one that reports show. */
  List<String> names();

  /** What is written before everything else. */
  default Slot prefix() {
    return Slot.EMPTY;
  }

  /** How a turn of this role, or the system text, is written. */
  Slot slot(Role role);

  /** The system text of conversations without one; empty = no system block. */
  default String defaultSystem() {
    return "";
  }

  /** Tokens that end an answer. */
  default List<String> stopWords() {
    return List.of();
  }

  /** Whether the first stop word takes the place of the tokenizer's end token. */
  default boolean replacesEos() {
    return false;
  }

  /** How pictures are written, empty when the model has no vision tower. */
  Optional<MediaTokens> mediaTokens();
}
