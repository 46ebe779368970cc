package io.sparkmm.data.template;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.conf.ConfigSection;
import io.sparkmm.data.image.PictureFamilies;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads one template of a {@link TemplateFile}; reports what is wrong and goes on. */
final class TemplateReader {
  private final ConfigSection section;
  private final String name;

  TemplateReader(ConfigSection section, String name) {
    this.section = section;
    this.name = name;
  }

  /** The template, or nothing when a problem was reported. */
  Optional<ChatTemplate> read() {
    int before = section.problems().count();
    Optional<ChatTemplate> base = base();
    ChatTemplate.Builder builder =
        base.map(template -> template.named(name)).orElse(ChatTemplate.builder(name));
    slot(TemplateJson.PREFIX, false, builder::prefix);
    for (Role role : Role.values()) {
      slot(TemplateJson.key(role), true, slot -> builder.slot(role, slot));
    }
    section.optionalText(TemplateJson.DEFAULT_SYSTEM).ifPresent(builder::defaultSystem);
    if (section.hasValue(TemplateJson.STOP_WORDS)) {
      builder.stopWords(section.texts(TemplateJson.STOP_WORDS).toArray(String[]::new));
    }
    section.optionalFlag(TemplateJson.REPLACE_EOS).ifPresent(builder::replacesEos);
    section.refuse(
        "efficient_eos",
        "is not supported: it would train the first token of a question to be the end token, and"
            + " shards store which tokens are trained, not other labels for them");
    section
        .optionalChoice(TemplateJson.TOOL_FORMAT, ToolFormat.class)
        .ifPresent(builder::toolFormat);
    if (section.hasValue(TemplateJson.REASONING)) {
      reasoning(
              section.section(TemplateJson.REASONING),
              base.flatMap(ChatTemplate::reasoning).orElse(Reasoning.PLAIN))
          .ifPresent(builder::reasoning);
    }
    if (section.hasValue(TemplateJson.PICTURES)) {
      pictures(section.section(TemplateJson.PICTURES)).ifPresent(builder::mediaTokens);
    }
    if (section.problems().count() > before) {
      return Optional.empty();
    }
    try {
      return Optional.of(builder.build());
    } catch (DataException e) {
      section.problems().add(section.file(), name, "", e.getMessage());
      return Optional.empty();
    }
  }

  /** The built-in template that this one starts from. */
  private Optional<ChatTemplate> base() {
    Optional<String> base = section.optionalText("extends");
    if (base.isPresent() && !ChatTemplates.standard().names().contains(base.get())) {
      section.report("extends", "must be a built-in template: " + ChatTemplates.standard().names());
      return Optional.empty();
    }
    return base.map(ChatTemplates.standard()::get);
  }

  private void slot(String key, boolean content, Consumer<Slot> target) {
    JsonNode value = section.raw(key);
    if (value.isMissingNode()) {
      return;
    }
    List<SlotElement> elements = new ArrayList<>();
    for (JsonNode one : value.isArray() ? value : List.of(value)) {
      Optional<SlotElement> element = element(one);
      if (element.isEmpty()) {
        section.report(
            key,
            "expected a text or a list of texts, {\"token\": \"...\"}, {\"special\": \"bos\"} and"
                + " {\"special\": \"eos\"}");
        return;
      }
      elements.add(element.get());
    }
    Slot slot = new Slot(elements);
    if (content && !slot.holdsContent()) {
      section.report(key, "must contain " + Slot.CONTENT);
    } else if (!content && slot.holdsContent()) {
      section.report(key, "must not contain " + Slot.CONTENT);
    } else {
      target.accept(slot);
    }
  }

  private static Optional<SlotElement> element(JsonNode node) {
    if (node.isTextual()) {
      return Optional.of(new SlotElement.Text(node.textValue()));
    }
    if (node.isObject() && node.size() == 1) {
      if (node.path("token").isTextual()) {
        return Optional.of(new SlotElement.Token(node.path("token").textValue()));
      }
      return switch (node.path("special").asText()) {
        case "bos" -> Optional.of(new SlotElement.Bos());
        case "eos" -> Optional.of(new SlotElement.Eos());
        default -> Optional.empty();
      };
    }
    return Optional.empty();
  }

  /** Rules about thoughts; what is absent is as in the template that this one extends. */
  private static Optional<Reasoning> reasoning(ConfigSection rules, Reasoning base) {
    int before = rules.problems().count();
    String open = rules.text("open", base.open());
    String close = rules.text("close", base.close());
    String empty = rules.text("empty", base.empty());
    Reasoning.Thinking thinking =
        rules.choice("thinking", Reasoning.Thinking.class, base.thinking());
    boolean discards = rules.flag("discard_masked_history", base.discardsMaskedHistory());
    for (String key : List.of("open", "close")) {
      if (rules.isPresent(key) && rules.raw(key).asText().isBlank()) {
        rules.report(key, "must not be blank");
      }
    }
    return rules.problems().count() > before
        ? Optional.empty()
        : Optional.of(new Reasoning(open, close, empty, thinking, discards));
  }

  private static Optional<MediaTokens> pictures(ConfigSection tokens) {
    int before = tokens.problems().count();
    String start = tokens.text("start", "");
    String image = tokens.requiredText("image");
    String end = tokens.text("end", "");
    String video = tokens.text("video", "");
    String family = tokens.requiredText("family");
    if (tokens.problems().count() > before) {
      return Optional.empty();
    }
    if (image.isEmpty()) {
      tokens.report("image", "must not be empty");
    }
    if (!PictureFamilies.standard().names().contains(family)) {
      tokens.report("family", "must be one of " + PictureFamilies.standard().names());
    }
    return tokens.problems().count() > before
        ? Optional.empty()
        : Optional.of(new MediaTokens(start, image, end, video, family));
  }
}
