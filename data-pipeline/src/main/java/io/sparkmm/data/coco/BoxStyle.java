package io.sparkmm.data.coco;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How an answer names the objects of a picture. */
public enum BoxStyle {
  /**
   * Qwen2-VL's tokens, a line for each category: {@code
   * <|object_ref_start|>dog<|object_ref_end|><|box_start|>(x1,y1),(x2,y2)<|box_end|>...}, in
   * thousandths of width and height, 0 to 999.
   */
  QWEN2VL {
    @Override
    String text(CocoItem.Picture picture, List<CocoItem.Instance> objects) {
      Map<String, StringBuilder> lines = new LinkedHashMap<>();
      for (CocoItem.Instance object : objects) {
        int[] box = thousandths(picture, object.box());
        lines
            .computeIfAbsent(
                label(object),
                label ->
                    new StringBuilder("<|object_ref_start|>")
                        .append(label)
                        .append("<|object_ref_end|>"))
            .append(
                String.format(
                    Locale.ROOT,
                    "<|box_start|>(%d,%d),(%d,%d)<|box_end|>",
                    box[0],
                    box[1],
                    box[2],
                    box[3]));
      }
      return String.join("\n", lines.values());
    }
  },

  /**
   * A JSON list as Qwen3-VL writes it: {@code [{"bbox_2d": [x1, y1, x2, y2], "label": "dog"}]}, in
   * thousandths of width and height, 0 to 999.
   */
  RELATIVE {
    @Override
    String text(CocoItem.Picture picture, List<CocoItem.Instance> objects) {
      return json(objects, box -> thousandths(picture, box));
    }
  },

  /**
   * The same JSON list in whole pixels of the picture file. Qwen2.5-VL means pixels of the picture
   * that the model sees, which are the same only where the picture is not resized.
   */
  PIXELS {
    @Override
    String text(CocoItem.Picture picture, List<CocoItem.Instance> objects) {
      return json(objects, BoxStyle::pixels);
    }
  },

  /** No boxes: a line for each category with the number of objects, {@code dog: 2}. */
  NONE {
    @Override
    String text(CocoItem.Picture picture, List<CocoItem.Instance> objects) {
      Map<String, Integer> counts = new LinkedHashMap<>();
      objects.forEach(object -> counts.merge(label(object), 1, Integer::sum));
      return counts.entrySet().stream()
          .map(entry -> entry.getKey() + ": " + entry.getValue())
          .collect(Collectors.joining("\n"));
    }
  };

  private static final int PARTS = 1000;

  /** The answer for a picture whose objects are in the order of the answer. */
  abstract String text(CocoItem.Picture picture, List<CocoItem.Instance> objects);

  /** Whether width and height of the picture have to be known. */
  boolean needsSize() {
    return this == QWEN2VL || this == RELATIVE;
  }

  /** The word for settings, lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All words with their styles. */
  public static Map<String, BoxStyle> words() {
    Map<String, BoxStyle> words = new TreeMap<>();
    for (BoxStyle style : values()) {
      words.put(style.word(), style);
    }
    return words;
  }

  static String label(CocoItem.Instance object) {
    return object.crowd() ? "crowd of " + object.label() : object.label();
  }

  private interface Corners {
    int[] of(CocoItem.Box box);
  }

  private static String json(List<CocoItem.Instance> objects, Corners corners) {
    List<String> entries = new ArrayList<>(objects.size());
    for (CocoItem.Instance object : objects) {
      int[] box = corners.of(object.box());
      entries.add(
          String.format(
              Locale.ROOT,
              "{\"bbox_2d\": [%d, %d, %d, %d], \"label\": \"%s\"}",
              box[0],
              box[1],
              box[2],
              box[3],
              String.valueOf(JsonStringEncoder.getInstance().quoteAsString(label(object)))));
    }
    return "[" + String.join(", ", entries) + "]";
  }

  private static int[] thousandths(CocoItem.Picture picture, CocoItem.Box box) {
    return new int[] {
      part(box.left(), picture.width()),
      part(box.top(), picture.height()),
      part(box.right(), picture.width()),
      part(box.bottom(), picture.height())
    };
  }

  private static int part(double position, int size) {
    return (int) Math.max(0, Math.min(PARTS - 1, Math.floor(position * PARTS / size)));
  }

  private static int[] pixels(CocoItem.Box box) {
    return new int[] {pixel(box.left()), pixel(box.top()), pixel(box.right()), pixel(box.bottom())};
  }

  private static int pixel(double position) {
    return (int) Math.max(0, Math.min(Integer.MAX_VALUE, Math.round(position)));
  }
}
