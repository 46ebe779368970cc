package io.sparkmm.data.image;

import io.sparkmm.data.sample.DataException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The known {@link PictureFamily families}, by name. */
public final class PictureFamilies {
  /** Qwen2-VL, Qwen2.5-VL and Qwen3-VL. */
  public static final String QWEN_VL = "qwen_vl";

  /** InternVL: tiles of one size. */
  public static final String INTERN_VL = "intern_vl";

  /** LLaVA: one size for all pictures. */
  public static final String LLAVA = "llava";

  private static final PictureFamilies STANDARD =
      of(List.of(new QwenVlFamily(), new InternVlFamily(), new LlavaFamily()));

  private final Map<String, PictureFamily> families;

  private PictureFamilies(Map<String, PictureFamily> families) {
    this.families = families;
  }

  /** The families that SparkMM brings along. */
  public static PictureFamilies standard() {
    return STANDARD;
  }

  /**
   * A registry of these families.
   *
   * @throws IllegalArgumentException if two have the same name
   */
  public static PictureFamilies of(List<PictureFamily> families) {
    Map<String, PictureFamily> byName = new TreeMap<>();
    for (PictureFamily family : families) {
      PictureFamily other = byName.putIfAbsent(family.name(), family);
      if (other != null) {
        throw new IllegalArgumentException(
            "Cannot register picture family "
                + family.name()
                + ": both "
                + other.getClass().getName()
                + " and "
                + family.getClass().getName()
                + " claim it");
      }
    }
    return new PictureFamilies(byName);
  }

  /** All names, sorted. */
  public Set<String> names() {
    return Collections.unmodifiableSet(families.keySet());
  }

  /**
   * The family of this name.
   *
   * @throws DataException of kind {@code SETTING} if there is none; the message lists the names
   */
  public PictureFamily get(String name) {
    PictureFamily family = families.get(name);
    if (family == null) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot use picture family \""
              + name
              + "\": it does not exist; registered are "
              + String.join(", ", families.keySet()));
    }
    return family;
  }
}
