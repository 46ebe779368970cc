package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.Role;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplatesTest {
  @ParameterizedTest
  @ValueSource(strings = {"qwen2vl", "qwen2_vl", "qwen2_5_vl", "qwen2.5vl"})
  void findsTheQwen2VlTemplateByAllItsNames(String name) {
    assertThat(ChatTemplates.standard().get(name)).isInstanceOf(Qwen2VlTemplate.class);
  }

  @Test
  void listsAllNamesSorted() {
    assertThat(ChatTemplates.standard().names())
        .containsExactly("qwen2.5vl", "qwen2_5_vl", "qwen2_vl", "qwen2vl");
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen3_vl", "QWEN2VL", "", "chatml"})
  void refusesUnknownTemplates(String name) {
    assertThatThrownBy(() -> ChatTemplates.standard().get(name))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot use template \""
                + name
                + "\": it does not exist; registered are qwen2.5vl, qwen2_5_vl, qwen2_vl, qwen2vl")
        .extracting("kind")
        .isEqualTo(DataException.Kind.SETTING);
  }

  @Test
  void refusesTwoTemplatesOfOneNameAndNamesBothClasses() {
    assertThatThrownBy(() -> ChatTemplates.of(List.of(new Qwen2VlTemplate(), new Impostor())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot register template qwen2vl: both "
                + Qwen2VlTemplate.class.getName()
                + " and "
                + Impostor.class.getName()
                + " claim it");
  }

  @Test
  void hasPlainDefaults() {
    ChatTemplate template = new Impostor();

    assertThat(template.prefix()).isEqualTo(Slot.EMPTY);
    assertThat(template.defaultSystem()).isEmpty();
    assertThat(template.stopWords()).isEmpty();
    assertThat(template.replacesEos()).isFalse();
  }

  private static final class Impostor implements ChatTemplate {
    @Override
    public List<String> names() {
      return List.of("other", "qwen2vl");
    }

    @Override
    public Slot slot(Role role) {
      return Slot.of(Slot.CONTENT);
    }

    @Override
    public Optional<MediaTokens> mediaTokens() {
      return Optional.empty();
    }
  }
}
