package io.sparkmm.data.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class HtmlBuilderTest {
  private static String visible(String text) {
    return new HtmlBuilder().visible(text).toString();
  }

  @Test
  void textsAndAttributesCannotBecomeMarkup() {
    assertThat(
            new HtmlBuilder()
                .element("p", "</p><script>'x' & \"y\"", "title", "\"><b onclick='z'>")
                .toString())
        .isEqualTo(
            "<p title=\"&quot;&gt;&lt;b onclick=&#39;z&#39;&gt;\">"
                + "&lt;/p&gt;&lt;script&gt;&#39;x&#39; &amp; &quot;y&quot;</p>");
  }

  @Test
  void whiteSpaceIsShownWhereItIsEasilyOverlooked() {
    assertThat(visible("a b")).isEqualTo("a b");
    assertThat(visible(" ")).isEqualTo("<s>\u00b7</s><wbr/>");
    assertThat(visible("a  b")).isEqualTo("a<s>\u00b7</s><wbr/><s>\u00b7</s><wbr/>b");
    assertThat(visible("a \n")).isEqualTo("a<s>\u00b7</s><wbr/><s>\u23ce</s>\n");
    assertThat(visible("\t\r")).isEqualTo("<s>\u21e5</s>\t<s class=\"u\">U+000D</s>");
  }

  @Test
  void charactersThatHideOrTurnTextAreNamed() {
    assertThat(visible("\u202e")).isEqualTo("<s class=\"u\">U+202E</s>");
    assertThat(visible("\u00a0\ufeff\u0000"))
        .isEqualTo("<s class=\"u\">U+00A0</s><s class=\"u\">U+FEFF</s><s class=\"u\">U+0000</s>");
    assertThat(visible("\ud83d")).isEqualTo("<s class=\"u\">U+D83D</s>");
    assertThat(visible("\ud83d\udc69\u200d\ud83d\udd2c \u4f60\u00e9"))
        .isEqualTo("\ud83d\udc69\u200d\ud83d\udd2c \u4f60\u00e9");
    assertThat(new HtmlBuilder().text("a\u202eb\u0001").toString()).isEqualTo("a\ufffdb\ufffd");
  }

  @Property(seed = "1", tries = 300)
  void anyTextGivesWellFormedMarkup(@ForAll String text) throws Exception {
    String page =
        new HtmlBuilder().open("p", "title", text).text(text).visible(text).close("p").toString();
    assertThat(Pages.parse(page).getDocumentElement().getTagName()).isEqualTo("p");
  }
}
