package io.sparkmm.data.template;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * How one part of a conversation is written.
 *
 * @param elements parts in order
 */
public record Slot(List<SlotElement> elements) implements Serializable {
  /** Stands for the turn's text. */
  public static final String CONTENT = "{{content}}";

  /** Stands for the number of the exchange, from 0. */
  public static final String INDEX = "{{idx}}";

  /** The slot that writes nothing. */
  public static final Slot EMPTY = new Slot(List.of());

  /** The text with the end token behind it. */
  static final Slot CONTENT_AND_EOS =
      new Slot(List.of(new SlotElement.Text(CONTENT), new SlotElement.Eos()));

  public Slot {
    elements = List.copyOf(elements);
  }

  /** A slot of one text. */
  public static Slot of(String text) {
    return new Slot(List.of(new SlotElement.Text(text)));
  }

  /** Whether the turn's text is written at all. */
  boolean holdsContent() {
    return elements.stream()
        .anyMatch(
            element -> element instanceof SlotElement.Text text && text.text().contains(CONTENT));
  }

  /**
   * The elements with the marks replaced. Only marks of the slot are replaced, never such text
   * inside the content.
   *
   * @param content the turn's text
   * @param index number of the exchange, from 0
   */
  List<SlotElement> fill(String content, int index) {
    List<SlotElement> filled = new ArrayList<>(elements.size());
    for (SlotElement element : elements) {
      filled.add(
          element instanceof SlotElement.Text text
              ? new SlotElement.Text(substitute(text.text(), content, index))
              : element);
    }
    return filled;
  }

  private static String substitute(String text, String content, int index) {
    int mark = text.indexOf(CONTENT);
    if (mark < 0) {
      return text.replace(INDEX, Integer.toString(index));
    }
    String number = Integer.toString(index);
    return text.substring(0, mark).replace(INDEX, number)
        + content
        + text.substring(mark + CONTENT.length()).replace(INDEX, number);
  }
}
