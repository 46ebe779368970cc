package io.sparkmm.data.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WhiteSpaceTest {
  @Test
  void removesWhatPythonTakesForWhiteSpace() {
    // All characters of the basic plane for which Python's str.isspace() is true.
    String spaces =
        "\t\n\u000b\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004"
            + "\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

    assertThat(WhiteSpace.strip(spaces + "a b" + spaces)).isEqualTo("a b");
    assertThat(WhiteSpace.strip(spaces)).isEmpty();
  }

  @Test
  void keepsWhatPythonKeeps() {
    String kept = "\u200b x \ufeff";

    assertThat(WhiteSpace.strip(kept)).isEqualTo(kept);
    assertThat(WhiteSpace.strip("")).isEmpty();
  }

  @Test
  void agreesWithPythonOnTheWholeBasicPlane() {
    int spaces = 0;
    for (int c = 0; c <= 0xffff; c++) {
      if (WhiteSpace.strip(Character.toString((char) c)).isEmpty()) {
        spaces++;
      }
    }

    assertThat(spaces).isEqualTo(29);
  }
}
