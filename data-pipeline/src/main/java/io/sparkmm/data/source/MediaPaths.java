package io.sparkmm.data.source;

import io.sparkmm.data.sample.RejectReason;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Arithmetic on picture paths; paths are texts with {@code /}, and may be URIs. */
final class MediaPaths {
  /** Scheme and authority of a URI. A path with a colon in its first part reads as one. */
  private static final Pattern FILE_SYSTEM =
      Pattern.compile("(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://([^/]*))?(.*)", Pattern.DOTALL);

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

  /**
   * Makes sure that a path which stands in a record leads nowhere that the person who started the
   * job has not named: not to another file system or host than that of the root, and not above the
   * folder that it starts from. An absolute path on the same file system is allowed.
   *
   * @param root folder of the media
   * @param path path or URI in the record
   */
  static void requireAllowed(String root, String path) throws RecordDefect {
    if (path.indexOf('\0') >= 0) {
      throw forbidden(path.replace('\0', '?'), "it holds a NUL character");
    }
    Matcher wanted = match(path);
    if (wanted.group(1) != null || wanted.group(2) != null) {
      Matcher named = match(root);
      boolean same =
          Optional.ofNullable(wanted.group(1)).equals(Optional.ofNullable(named.group(1)))
              && authority(wanted).equals(authority(named));
      if (!same) {
        throw forbidden(
            path,
            "it names another file system than the media folder "
                + (root.isEmpty() ? "does" : root));
      }
    }
    if (climbs(wanted.group(3))) {
      throw forbidden(path, "it leads above the folder that it starts from");
    }
  }

  private static Matcher match(String path) {
    Matcher matcher = FILE_SYSTEM.matcher(path);
    if (!matcher.matches()) {
      throw new IllegalStateException("Cannot match " + path);
    }
    return matcher;
  }

  private static String authority(Matcher matcher) {
    return Optional.ofNullable(matcher.group(2)).orElse("");
  }

  /** Whether the {@code ..} of a path outnumber the folders before them somewhere. */
  private static boolean climbs(String path) {
    int depth = 0;
    int start = 0;
    while (start <= path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      String name = path.substring(start, end);
      if (name.equals("..")) {
        depth--;
      } else if (!name.isEmpty() && !name.equals(".")) {
        depth++;
      }
      if (depth < 0) {
        return true;
      }
      start = end + 1;
    }
    return false;
  }

  private static RecordDefect forbidden(String path, String why) {
    return new RecordDefect(RejectReason.IMAGE_FORBIDDEN, path + ": " + why);
  }

  private static boolean isAbsolute(String path) {
    return path.startsWith("/") || path.contains("://") || path.startsWith("file:/");
  }
}
