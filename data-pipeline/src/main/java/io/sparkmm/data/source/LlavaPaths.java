package io.sparkmm.data.source;

import java.io.Serializable;
import java.util.Objects;

/**
 * Where the pictures of a LLaVA file lie, and what is stored of the way to them. An absolute
 * picture path is stored and checked as it is.
 *
 * @param folder folder of the pictures below the media root; empty = the root itself
 * @param keepRoot true: stored paths start with the root, {@code <root>/<folder>/<image>}; false:
 *     they are relative to it, {@code ./<folder>/<image>}, and the root has to be given again when
 *     the converted file is read
 */
public record LlavaPaths(String folder, boolean keepRoot) implements Serializable {
  /** COCO layout, stored with the root. */
  public static final LlavaPaths ROOTED = new LlavaPaths("train2017", true);

  /** COCO layout, stored relative to the root. */
  public static final LlavaPaths RELATIVE = new LlavaPaths("train2017", false);

  public LlavaPaths {
    Objects.requireNonNull(folder, "folder");
  }

  /** The path that the converted record holds. */
  public String stored(String root, String image) {
    return keepRoot ? checked(root, image) : checked(".", image);
  }

  /** The path that has to exist. */
  public String checked(String root, String image) {
    return MediaPaths.join(MediaPaths.join(root, folder), image);
  }
}
