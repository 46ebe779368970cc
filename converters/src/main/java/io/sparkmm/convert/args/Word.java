package io.sparkmm.convert.args;

import java.util.Optional;

/**
 * An argument cut at its first equals sign.
 *
 * @param name what stands before it, dashes included
 * @param value what stands behind it, if there is one
 */
record Word(String name, Optional<String> value) {

  static Word of(String token) {
    int equals = token.indexOf('=');
    return equals < 0
        ? new Word(token, Optional.empty())
        : new Word(token.substring(0, equals), Optional.of(token.substring(equals + 1)));
  }

  boolean isHelp() {
    return value.isEmpty() && (name.equals("-h") || name.equals("--help"));
  }

  boolean isConfig() {
    return name.equals("--config");
  }

  boolean isPrint() {
    return name.equals("--print_config");
  }
}
