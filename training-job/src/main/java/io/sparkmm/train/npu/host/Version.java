package io.sparkmm.train.npu.host;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of a library. What follows the first two or three numbers, such as {@code RC1} or
 * {@code post2}, is kept for messages and does not count in comparisons.
 *
 * @param text as it was written
 * @param major first number
 * @param minor second number
 * @param patch third number, 0 if there is none
 */
public record Version(String text, int major, int minor, int patch) implements Comparable<Version> {
  private static final Pattern FORM =
      Pattern.compile("[vV]?(\\d{1,6})\\.(\\d{1,6})(?:\\.(\\d{1,6}))?.*");

  /** Reads a text that begins with two or three numbers. */
  public static Optional<Version> parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String patch = matcher.group(3);
    return Optional.of(
        new Version(
            text.strip(),
            Integer.parseInt(matcher.group(1)),
            Integer.parseInt(matcher.group(2)),
            patch == null ? 0 : Integer.parseInt(patch)));
  }

  /** A version of a constant. */
  static Version of(String text) {
    return parse(text).orElseThrow();
  }

  /** Whether first and second number are equal. */
  public boolean sameLine(Version other) {
    return major == other.major && minor == other.minor;
  }

  /** Whether all numbers are equal. */
  public boolean sameNumbers(Version other) {
    return compareTo(other) == 0;
  }

  /** Compares the numbers only. */
  @Override
  public int compareTo(Version other) {
    int byMajor = Integer.compare(major, other.major);
    int byMinor = Integer.compare(minor, other.minor);
    return byMajor != 0 ? byMajor : byMinor != 0 ? byMinor : Integer.compare(patch, other.patch);
  }

  @Override
  public String toString() {
    return text;
  }
}
