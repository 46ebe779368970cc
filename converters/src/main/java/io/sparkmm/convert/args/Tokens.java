package io.sparkmm.convert.args;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The arguments, one after another. */
final class Tokens {

  private static final Pattern NUMBER = Pattern.compile("-\\d+|-\\d*\\.\\d+");

  private final List<String> all;
  private int next;

  Tokens(List<String> all) {
    this.all = List.copyOf(all);
  }

  boolean hasNext() {
    return next < all.size();
  }

  String next() {
    return all.get(next++);
  }

  /** The next argument when it can be the value of an option. */
  Optional<String> value() {
    return hasNext() && !isOption(all.get(next)) ? Optional.of(next()) : Optional.empty();
  }

  /** All arguments up to the next option. */
  List<String> values() {
    List<String> result = new ArrayList<>();
    for (Optional<String> v = value(); v.isPresent(); v = value()) {
      result.add(v.get());
    }
    return result;
  }

  /** Whether it looks like an option: a dash in front of something that is no number. */
  static boolean isOption(String token) {
    return token.startsWith("-")
        && token.length() > 1
        && Word.of(token).name().indexOf(' ') < 0
        && !NUMBER.matcher(token).matches();
  }
}
