package io.sparkmm.data.source;

import java.util.function.Predicate;

/** Arithmetic on picture paths; paths are texts with {@code /}, and may be URIs. */
final class MediaPaths {
  private MediaPaths() {}

  /** {@code root/path}; one of the two when the other is empty or {@code path} is absolute. */
  static String join(String root, String path) {
    if (root.isEmpty() || isAbsolute(path)) {
      return path;
    }
    if (path.isEmpty()) {
      return root;
    }
    return root.endsWith("/") ? root + path : root + "/" + path;
  }

  /** {@code root/path} when there is such a file, else {@code path} unchanged. */
  static String resolve(String root, String path, Predicate<String> fileExists) {
    String joined = join(root, path);
    return fileExists.test(joined) ? joined : path;
  }

  private static boolean isAbsolute(String path) {
    return path.startsWith("/") || path.contains("://") || path.startsWith("file:/");
  }
}
