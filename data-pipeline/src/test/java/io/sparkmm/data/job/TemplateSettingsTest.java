package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.template.ChatTemplate;
import io.sparkmm.data.template.ChatTemplates;
import io.sparkmm.data.template.Reasoning;
import io.sparkmm.data.template.TemplateFile;
import io.sparkmm.data.template.ToolFormat;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TemplateSettingsTest {
  private static final ChatTemplates OWN =
      TemplateFile.parse(
          "own.json", "{\"mine\": {\"extends\": \"qwen3_vl\", \"default_system\": \"Hi.\"}}");

  @Test
  void takesTheTemplateOfTheFile() {
    PrepareSettings settings = settings(config("mine"), OWN);

    SupportedSettings.check(settings);
    assertThat(EncodeContext.template(settings)).isEqualTo(OWN.get("mine"));
  }

  @Test
  void refusesATemplateThatTheFileDoesNotHave() {
    PrepareSettings settings = settings(config("other"), OWN);

    assertThatThrownBy(() -> SupportedSettings.check(settings))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("template = other is not supported; supported are [chatml,")
        .hasMessageContaining("mine");
  }

  @Test
  void appliesToolFormatAndThinking() {
    ObjectNode config = config("mine");
    TestInputs.basic(config).put("tool_format", "default").put("enable_thinking", false);
    ChatTemplate template = EncodeContext.template(settings(config, OWN));

    assertThat(template.toolFormat()).contains(ToolFormat.DEFAULT);
    assertThat(template.reasoning())
        .hasValueSatisfying(
            rules -> assertThat(rules.thinking()).isEqualTo(Reasoning.Thinking.OFF));
  }

  @Test
  void theManifestHoldsTheTemplate() {
    SortedMap<String, String> recorded = new TreeMap<>();
    ChatTemplate own = OWN.get("mine");
    recorded.put(RecordedSettings.TEMPLATE, io.sparkmm.data.template.TemplateJson.write(own));

    assertThat(PreparedTemplate.of(origin("mine", recorded)))
        .isEqualTo(own.named("recorded").build());
  }

  @Test
  void aManifestWithoutDefinitionNamesABuiltInTemplate() {
    assertThat(PreparedTemplate.of(origin("chatml", new TreeMap<>())))
        .isEqualTo(ChatTemplates.standard().get("chatml"));
    assertThatThrownBy(() -> PreparedTemplate.of(origin("mine", new TreeMap<>())))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot use template \"mine\"");
  }

  @Test
  void refusesADamagedDefinition() {
    SortedMap<String, String> recorded = new TreeMap<>();
    recorded.put(RecordedSettings.TEMPLATE, "{\"user\": 5}");

    assertThatThrownBy(() -> PreparedTemplate.of(origin("mine", recorded)))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot use the data set: its template is damaged: ");
  }

  private static ShardManifest.Origin origin(String name, SortedMap<String, String> recorded) {
    return new ShardManifest.Origin(name, "t", "p", 0, recorded);
  }

  private static ObjectNode config(String template) {
    ObjectNode config =
        TestInputs.config(Path.of("model"), Path.of("records.json"), Path.of("media"));
    TestInputs.basic(config).put("template", template);
    return config;
  }

  private static PrepareSettings settings(ObjectNode config, ChatTemplates templates) {
    PrepareSettings.Options options =
        new PrepareSettings.Options(
            256,
            PrepareSettings.Sharding.DEFAULT,
            PrepareSettings.Pictures.DEFAULT,
            0,
            new PrepareSettings.Texts(Placeholders.DEFAULT, templates));
    return new PrepareSettings(
        ConfigLoader.parseData("data.json", config.toString()), "out", options);
  }
}
