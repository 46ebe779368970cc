package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.Role;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplatesTest {
  @ParameterizedTest
  @ValueSource(strings = {"qwen2vl", "qwen2_5_vl", "qwen2.5vl"})
  void findsTheQwen2VlTemplateByAllItsNames(String name) {
    assertThat(ChatTemplates.standard().get(name))
        .satisfies(t -> assertThat(t.names()).contains(name));
  }

  @Test
  void theTwoQwen2VlTemplatesDifferInToolTurnsOnly() {
    ChatTemplate mindSpeed = ChatTemplates.standard().get("qwen2vl");
    ChatTemplate llamaFactory = ChatTemplates.standard().get("qwen2_vl");

    assertThat(llamaFactory)
        .isEqualTo(
            mindSpeed
                .named("qwen2_vl")
                .slot(Role.OBSERVATION, llamaFactory.slot(Role.OBSERVATION))
                .slot(Role.FUNCTION, llamaFactory.slot(Role.FUNCTION))
                .toolFormat(ToolFormat.QWEN)
                .build());
  }

  @Test
  void listsAllNamesSorted() {
    assertThat(ChatTemplates.standard().names())
        .containsExactly(
            "chatml",
            "default",
            "empty",
            "intern_vl",
            "internvl",
            "internvl2_5",
            "llava",
            "qwen2.5vl",
            "qwen2_5_vl",
            "qwen2_vl",
            "qwen2vl",
            "qwen3_vl",
            "qwen3_vl_nothink",
            "vicuna");
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen4_vl", "QWEN2VL", ""})
  void refusesUnknownTemplates(String name) {
    assertThatThrownBy(() -> ChatTemplates.standard().get(name))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot use template \""
                + name
                + "\": it does not exist; registered are "
                + String.join(", ", ChatTemplates.standard().names()))
        .extracting("kind")
        .isEqualTo(DataException.Kind.SETTING);
  }

  @Test
  void refusesTwoTemplatesOfOneNameAndNamesBoth() {
    ChatTemplate qwen = ChatTemplates.standard().get("qwen2vl");
    ChatTemplate impostor = ChatTemplate.builder("other", "qwen2vl").build();

    assertThatThrownBy(() -> ChatTemplates.of(List.of(qwen, impostor)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot register template qwen2vl: both template qwen2vl and template other claim it");
  }

  @Test
  void hasPlainDefaults() {
    ChatTemplate template = ChatTemplate.builder("plain").build();

    assertThat(template.prefix()).isEqualTo(Slot.EMPTY);
    assertThat(template.slot(Role.SYSTEM)).isEqualTo(Slot.of("{{content}}"));
    assertThat(template.slot(Role.USER)).isEqualTo(Slot.of("{{content}}"));
    assertThat(template.slot(Role.OBSERVATION)).isEqualTo(Slot.of("{{content}}"));
    assertThat(template.slot(Role.FUNCTION)).isEqualTo(Slot.of("{{content}}"));
    assertThat(template.slot(Role.ASSISTANT).elements())
        .containsExactly(new SlotElement.Text("{{content}}"), new SlotElement.Eos());
    assertThat(template.defaultSystem()).isEmpty();
    assertThat(template.stopWords()).isEmpty();
    assertThat(template.replacesEos()).isFalse();
    assertThat(template.reasoning()).isEmpty();
    assertThat(template.toolFormat()).isEmpty();
    assertThat(template.mediaTokens()).isEmpty();
  }

  @Test
  void observationsAreWrittenLikeQuestions() {
    ChatTemplate template = ChatTemplate.builder("plain").slot(Role.USER, "Q{{content}}").build();

    assertThat(template.slot(Role.OBSERVATION)).isEqualTo(Slot.of("Q{{content}}"));
  }
}
