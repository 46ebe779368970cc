package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotTest {
  @Test
  void putsTheContentInPlaceOfTheMark() {
    assertThat(text(Slot.of("<{{content}}>").fill("x", 0))).isEqualTo("<x>");
    assertThat(text(Slot.of("no mark").fill("x", 0))).isEqualTo("no mark");
  }

  @Test
  void putsTheNumberInPlaceOfItsMark() {
    assertThat(text(Slot.of("[Round {{idx}}] {{content}} {{idx}}").fill("x", 3)))
        .isEqualTo("[Round 3] x 3");
    assertThat(text(Slot.of("{{idx}}").fill("x", 12))).isEqualTo("12");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{{idx}}", "{{content}}", "$1 \\1", "{{idx}}{{content}}"})
  void leavesMarksInsideTheContentAlone(String content) {
    assertThat(text(Slot.of("a {{idx}} {{content}} z").fill(content, 7)))
        .isEqualTo("a 7 " + content + " z");
  }

  @Test
  void keepsTokensBetweenTexts() {
    Slot slot =
        new Slot(
            List.of(
                new SlotElement.Bos(),
                new SlotElement.Text("Human: {{content}}"),
                new SlotElement.Token("<sep>"),
                new SlotElement.Eos()));

    assertThat(slot.fill("Hi", 0))
        .containsExactly(
            new SlotElement.Bos(),
            new SlotElement.Text("Human: Hi"),
            new SlotElement.Token("<sep>"),
            new SlotElement.Eos());
    assertThat(Slot.EMPTY.fill("Hi", 0)).isEmpty();
  }

  @Test
  void acceptsNoNull() {
    assertThatThrownBy(() -> new SlotElement.Text(null)).hasMessage("text");
    assertThatThrownBy(() -> new SlotElement.Token(null)).hasMessage("name");
  }

  private static String text(List<SlotElement> elements) {
    assertThat(elements).hasSize(1);
    return ((SlotElement.Text) elements.get(0)).text();
  }
}
