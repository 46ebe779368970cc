package io.sparkmm.data.template;

import java.io.Serializable;
import java.util.Objects;

/** A part of a slot; every part is tokenized on its own. */
public sealed interface SlotElement extends Serializable {
  /** A text; {@code {{content}}} stands for the turn's text, {@code {{idx}}} for its number. */
  record Text(String text) implements SlotElement {
    public Text {
      Objects.requireNonNull(text, "text");
    }
  }

  /** The token that begins a sequence; nothing when the tokenizer has none. */
  record Bos() implements SlotElement {}

  /** The token that ends a sequence; nothing when the tokenizer has none. */
  record Eos() implements SlotElement {}

  /** One token by its name. */
  record Token(String name) implements SlotElement {
    public Token {
      Objects.requireNonNull(name, "name");
    }
  }
}
