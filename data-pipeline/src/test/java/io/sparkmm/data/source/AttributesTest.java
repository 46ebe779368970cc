package io.sparkmm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Serialized;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.source.Attributes.Column;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttributesTest {
  @Test
  void hasTheShareGptNamesByDefault() {
    Attributes attributes = Attributes.shareGpt();

    assertThat(attributes.columns()).containsExactly(Map.entry(Column.MESSAGES, "conversations"));
    assertThat(attributes.roles())
        .containsExactly(
            Map.entry(Role.USER, "human"),
            Map.entry(Role.ASSISTANT, "gpt"),
            Map.entry(Role.OBSERVATION, "observation"),
            Map.entry(Role.FUNCTION, "function_call"),
            Map.entry(Role.SYSTEM, "system"));
    assertThat(attributes.roleTag()).isEqualTo("from");
    assertThat(attributes.contentTag()).isEqualTo("value");
    assertThat(attributes.column(Column.IMAGES)).isEmpty();
  }

  @Test
  void hasTheNamesOfAnImportedFile() {
    Attributes attributes = Attributes.mllm();

    assertThat(attributes.column(Column.MESSAGES)).hasValue("messages");
    assertThat(attributes.column(Column.IMAGES)).hasValue("images");
    assertThat(attributes.roles())
        .isEqualTo(Map.of(Role.USER, "user", Role.ASSISTANT, "assistant"));
    assertThat(attributes.roleTag()).isEqualTo("role");
    assertThat(attributes.contentTag()).isEqualTo("content");
  }

  @Test
  void changesOneNameAtATime() {
    Attributes attributes =
        Attributes.mllm()
            .withColumn(Column.SYSTEM, "sys")
            .withRole(Role.SYSTEM, "system")
            .withoutRole(Role.USER);

    assertThat(attributes.column(Column.SYSTEM)).hasValue("sys");
    assertThat(attributes.roles())
        .isEqualTo(Map.of(Role.SYSTEM, "system", Role.ASSISTANT, "assistant"));
    assertThat(Attributes.mllm().roles()).hasSize(2);
  }

  @Test
  void refusesOneWordForTwoRoles() {
    assertThatThrownBy(() -> Attributes.mllm().withRole(Role.OBSERVATION, "user"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot map role \"user\": it stands for both USER and OBSERVATION; give the roles"
                + " different tags, or switch one off");
  }

  @Test
  void refusesMissingNames() {
    Map<Column, String> columns = new HashMap<>();
    columns.put(Column.IMAGES, null);

    assertThatThrownBy(() -> new Attributes(columns, Map.of(), "from", "value"))
        .hasMessage("name of IMAGES");
    assertThatThrownBy(() -> new Attributes(Map.of(), Map.of(), null, "value"))
        .hasMessage("roleTag");
    assertThatThrownBy(() -> new Attributes(Map.of(), Map.of(), "from", null))
        .hasMessage("contentTag");
  }

  @Test
  void cannotBeChangedFromOutside() {
    Map<Role, String> roles = new HashMap<>(Map.of(Role.USER, "u"));
    Attributes attributes = new Attributes(Map.of(), roles, "from", "value");
    roles.put(Role.ASSISTANT, "a");

    assertThat(attributes.roles()).hasSize(1);
    assertThatThrownBy(() -> attributes.roles().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void travelsToWorkers() {
    SourceSettings settings = SourceSettings.of(Attributes.mllm(), "./data");

    assertThat(Serialized.copyOf(settings)).isEqualTo(settings);
  }
}
