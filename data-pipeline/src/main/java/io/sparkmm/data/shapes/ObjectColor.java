package io.sparkmm.data.shapes;

import java.util.Locale;

/** The colours of the objects, with their mean red, green and blue levels. */
enum ObjectColor {
  RED(215, 40, 40),
  GREEN(40, 160, 60),
  BLUE(45, 80, 215),
  YELLOW(240, 205, 40),
  PURPLE(145, 50, 165),
  ORANGE(245, 135, 30);

  private final int red;
  private final int green;
  private final int blue;

  ObjectColor(int red, int green, int blue) {
    this.red = red;
    this.green = green;
    this.blue = blue;
  }

  /** Mean level of a channel: 0 red, 1 green, 2 blue. */
  int channel(int index) {
    return switch (index) {
      case 0 -> red;
      case 1 -> green;
      case 2 -> blue;
      default -> throw new IllegalArgumentException("Cannot read colour channel " + index);
    };
  }

  /** The word for it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The word with the indefinite article that fits it. */
  String withArticle() {
    return (this == ORANGE ? "an " : "a ") + word();
  }
}
