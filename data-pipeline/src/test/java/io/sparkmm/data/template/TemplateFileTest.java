package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.data.sample.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateFileTest {
  @Test
  void readsATemplate() {
    ChatTemplates templates =
        TemplateFile.parse(
            "own.json",
            """
            {"mine": {
              "prefix": [{"special": "bos"}, "#"],
              "system": "<<{{content}}>>",
              "user": ["[{{idx}}]", {"token": "<|im_start|>"}, "{{content}}"],
              "assistant": ["{{content}}", {"special": "eos"}],
              "default_system": "Hi.",
              "stop_words": ["<|im_end|>"],
              "replace_eos": true,
              "tool_format": "qwen",
              "reasoning": {"thinking": "off"},
              "pictures": {"start": "<img>", "image": "<pad>", "end": "</img>", "family": "llava"}
            }}
            """);

    ChatTemplate template = templates.get("mine");
    assertThat(template.prefix().elements())
        .containsExactly(new SlotElement.Bos(), new SlotElement.Text("#"));
    assertThat(template.slot(Role.USER).elements())
        .containsExactly(
            new SlotElement.Text("[{{idx}}]"),
            new SlotElement.Token("<|im_start|>"),
            new SlotElement.Text("{{content}}"));
    assertThat(template.slot(Role.OBSERVATION)).isEqualTo(template.slot(Role.USER));
    assertThat(template.slot(Role.FUNCTION)).isEqualTo(template.slot(Role.ASSISTANT));
    assertThat(template.defaultSystem()).isEqualTo("Hi.");
    assertThat(template.stopWords()).containsExactly("<|im_end|>");
    assertThat(template.replacesEos()).isTrue();
    assertThat(template.toolFormat()).contains(ToolFormat.QWEN);
    assertThat(template.reasoning()).contains(Reasoning.PLAIN.withThinking(Reasoning.Thinking.OFF));
    assertThat(template.mediaTokens())
        .contains(new MediaTokens("<img>", "<pad>", "</img>", "", "llava"));
    assertThat(templates.names()).contains("qwen2vl", "mine");
  }

  @Test
  void startsFromABuiltInTemplate() {
    ChatTemplate template =
        TemplateFile.parse(
                "own.json",
                """
                {"mine": {"extends": "qwen3_vl", "default_system": "Hi.",
                          "reasoning": {"discard_masked_history": true}}}
                """)
            .get("mine");
    ChatTemplate base = ChatTemplates.standard().get("qwen3_vl");

    assertThat(template)
        .isEqualTo(
            base.named("mine")
                .defaultSystem("Hi.")
                .reasoning(
                    new Reasoning(
                        "<think>",
                        "</think>",
                        "<think>\n\n</think>\n\n",
                        Reasoning.Thinking.ON,
                        true))
                .build());
  }

  @Test
  void reportsAllProblemsAtOnce() {
    String json =
        """
        {"qwen2vl": {},
         "": {},
         "a": {"extends": "b", "user": "no content", "prefix": "{{content}}", "asistant": "x"},
         "b": {"system": [{"special": "pad"}, "{{content}}"], "efficient_eos": true,
               "tool_format": "llama3", "stop_words": "x"},
         "c": {"replace_eos": true},
         "d": {"pictures": {"image": "", "family": "clip"},
               "reasoning": {"open": " ", "thinking": "maybe"}},
         "e": 5}
        """;

    assertThatThrownBy(() -> TemplateFile.parse("own.json", json))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("qwen2vl: is the name of a built-in template")
        .hasMessageContaining("a template needs a name")
        .hasMessageContaining("a.extends = b: must be a built-in template: [chatml, default,")
        .hasMessageContaining("a.user = no content: must contain {{content}}")
        .hasMessageContaining("a.prefix = {{content}}: must not contain {{content}}")
        .hasMessageContaining("a.asistant = x: unknown key; did you mean a.assistant?")
        .hasMessageContaining("b.system")
        .hasMessageContaining("expected a text or a list of texts, {\"token\": \"...\"}")
        .hasMessageContaining("b.efficient_eos = true: is not supported: it would train")
        .hasMessageContaining("b.tool_format = llama3: must be one of default, qwen")
        .hasMessageContaining("b.stop_words = x: expected a list of texts")
        .hasMessageContaining("it replaces the end token, but names no stop word")
        .hasMessageContaining("d.pictures.image")
        .hasMessageContaining("must not be empty")
        .hasMessageContaining(
            "d.pictures.family = clip: must be one of [intern_vl, llava, qwen_vl]")
        .hasMessageContaining("must not be blank")
        .hasMessageContaining("d.reasoning.thinking = maybe: must be one of on, off, unset")
        .hasMessageContaining("e = 5: expected an object, got");
  }

  @Test
  void refusesWhatIsNoJson() {
    assertThatThrownBy(() -> TemplateFile.parse("own.json", "{"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("own.json: cannot be read as JSON");
    assertThatThrownBy(() -> TemplateFile.parse("own.json", "[]"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("own.json: expected an object, got a list");
    assertThatThrownBy(() -> TemplateFile.parse("own.json", "{\"a\": {}, \"a\": {}}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Duplicate field 'a'");
    assertThatThrownBy(() -> TemplateFile.parse("own.json", ""))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("own.json");
  }

  @Test
  void readsFiles(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("own.json");
    Files.writeString(file, "{\"mine\": {\"default_system\": \"\u00e9\"}}");

    assertThat(TemplateFile.read(file).get("mine").defaultSystem()).isEqualTo("\u00e9");

    Files.write(file, "{\"m\u00e9\": {}}".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> TemplateFile.read(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cannot be read as UTF-8 text");
    assertThatThrownBy(() -> TemplateFile.read(folder.resolve("none.json")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("none.json");
  }
}
