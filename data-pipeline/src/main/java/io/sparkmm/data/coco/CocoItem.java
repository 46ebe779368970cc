package io.sparkmm.data.coco;

import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import java.io.Serializable;
import java.util.Objects;

/** An entry of one of the lists of a COCO file. */
public sealed interface CocoItem extends Serializable {
  /**
   * An entry of {@code images}.
   *
   * @param id number that annotations name it by
   * @param fileName name of its file
   * @param width pixels, 0 if unknown
   * @param height pixels, 0 if unknown
   */
  record Picture(long id, String fileName, int width, int height) implements CocoItem {
    public Picture {
      Objects.requireNonNull(fileName, "fileName");
    }
  }

  /**
   * A caption.
   *
   * @param text one line, not empty
   */
  record Caption(String text) implements CocoItem {
    public Caption {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * An object in a picture.
   *
   * @param category number of its category
   * @param label name of its category
   * @param box where it is
   * @param crowd whether it is a group of things that are not marked one by one
   */
  record Instance(long category, String label, Box box, boolean crowd) implements CocoItem {
    public Instance {
      Objects.requireNonNull(label, "label");
      Objects.requireNonNull(box, "box");
    }
  }

  /**
   * A rectangle in pixels from the top left corner of the picture.
   *
   * @param left x of the left edge
   * @param top y of the upper edge
   * @param right x of the right edge, larger than {@code left}
   * @param bottom y of the lower edge, larger than {@code top}
   */
  record Box(double left, double top, double right, double bottom) implements Serializable {}

  /**
   * An entry that cannot be used.
   *
   * @param reject which, and why
   */
  record Bad(RejectedSample reject) implements CocoItem {
    /** A bad entry. */
    public static Bad of(String source, long entry, RejectReason reason, String detail) {
      return new Bad(new RejectedSample(source, entry, reason, detail));
    }
  }
}
