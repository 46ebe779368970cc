package io.sparkmm.data.coco;

import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * Makes conversations of the annotations of a picture: one with each caption, or with the first one
 * only, and one that names the objects.
 *
 * <p>Objects come in the order of their categories' numbers, within a category from left to right,
 * and from top to bottom where the left edges are equal.
 *
 * @param captionPrompt question for a caption; the picture's placeholder is put before it
 * @param everyCaption whether each caption makes a conversation, not only the first
 * @param instancePrompt question for the objects
 * @param boxes how objects are named
 * @param crowds whether groups that are not marked one by one are named, too
 */
public record CocoTexts(
    String captionPrompt,
    boolean everyCaption,
    String instancePrompt,
    BoxStyle boxes,
    boolean crowds)
    implements Serializable {
  /** The question for a caption when nothing else is said. */
  public static final String DEFAULT_CAPTION_PROMPT = "Describe the picture in one sentence.";

  /** The question for objects when nothing else is said and boxes are asked for. */
  public static final String DEFAULT_BOX_PROMPT =
      "List the objects in the picture with their bounding boxes.";

  /** The question for objects when nothing else is said and no boxes are asked for. */
  public static final String DEFAULT_COUNT_PROMPT =
      "List the kinds of objects in the picture and how many there are of each.";

  private static final String PLACEHOLDER = "<image>\n";

  private static final Comparator<CocoItem.Instance> ORDER =
      Comparator.comparingLong(CocoItem.Instance::category)
          .thenComparing(CocoItem.Instance::crowd)
          .thenComparingDouble(object -> object.box().left())
          .thenComparingDouble(object -> object.box().top())
          .thenComparingDouble(object -> object.box().right())
          .thenComparingDouble(object -> object.box().bottom());

  public CocoTexts {
    Objects.requireNonNull(captionPrompt, "captionPrompt");
    Objects.requireNonNull(instancePrompt, "instancePrompt");
    Objects.requireNonNull(boxes, "boxes");
  }

  /** Whether boxes need the size of the picture. */
  public boolean needsSize() {
    return boxes.needsSize();
  }

  /**
   * The conversations about a picture.
   *
   * @param picture the picture
   * @param items its captions and objects
   * @param path path of the picture that is stored
   * @return empty if there is nothing to say
   */
  public List<SftSample> conversations(
      CocoItem.Picture picture, List<CocoItem> items, String path) {
    List<SftSample> samples = new ArrayList<>();
    List<CocoItem.Instance> objects = new ArrayList<>();
    for (CocoItem item : items) {
      if (item instanceof CocoItem.Caption caption && (everyCaption || samples.isEmpty())) {
        samples.add(sample(captionPrompt, caption.text(), path));
      } else if (item instanceof CocoItem.Instance object && (crowds || !object.crowd())) {
        objects.add(object);
      }
    }
    if (!objects.isEmpty()) {
      objects.sort(ORDER);
      samples.add(sample(instancePrompt, boxes.text(picture, objects), path));
    }
    return samples;
  }

  private static SftSample sample(String prompt, String answer, String path) {
    return new SftSample(
        "",
        List.of(new Turn(Role.USER, PLACEHOLDER + prompt), new Turn(Role.ASSISTANT, answer)),
        List.of(new ImageRef(path)));
  }
}
