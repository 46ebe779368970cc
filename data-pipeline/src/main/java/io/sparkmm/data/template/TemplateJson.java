package io.sparkmm.data.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.Role;
import java.util.Locale;

/** Writes templates in the form that {@link TemplateFile} reads. */
public final class TemplateJson {
  static final String PREFIX = "prefix";
  static final String DEFAULT_SYSTEM = "default_system";
  static final String STOP_WORDS = "stop_words";
  static final String REPLACE_EOS = "replace_eos";
  static final String REASONING = "reasoning";
  static final String TOOL_FORMAT = "tool_format";
  static final String PICTURES = "pictures";

  private TemplateJson() {}

  /** The definition of a template on one line, without its names. */
  public static String write(ChatTemplate template) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.set(PREFIX, slot(template.prefix()));
    for (Role role : Role.values()) {
      root.set(key(role), slot(template.slot(role)));
    }
    root.put(DEFAULT_SYSTEM, template.defaultSystem());
    ArrayNode words = root.putArray(STOP_WORDS);
    template.stopWords().forEach(words::add);
    root.put(REPLACE_EOS, template.replacesEos());
    template.reasoning().ifPresent(rules -> root.set(REASONING, reasoning(rules)));
    template.toolFormat().ifPresent(format -> root.put(TOOL_FORMAT, format.text()));
    template.mediaTokens().ifPresent(tokens -> root.set(PICTURES, pictures(tokens)));
    return root.toString();
  }

  /** The key of a role's slot. */
  static String key(Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }

  private static JsonNode slot(Slot slot) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (SlotElement element : slot.elements()) {
      if (element instanceof SlotElement.Text text) {
        list.add(text.text());
      } else if (element instanceof SlotElement.Token token) {
        list.addObject().put("token", token.name());
      } else {
        list.addObject().put("special", element instanceof SlotElement.Bos ? "bos" : "eos");
      }
    }
    return list;
  }

  private static JsonNode reasoning(Reasoning rules) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("open", rules.open());
    node.put("close", rules.close());
    node.put("empty", rules.empty());
    node.put("thinking", rules.thinking().text());
    node.put("discard_masked_history", rules.discardsMaskedHistory());
    return node;
  }

  private static JsonNode pictures(MediaTokens tokens) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("start", tokens.start());
    node.put("image", tokens.image());
    node.put("end", tokens.end());
    node.put("video", tokens.video());
    node.put("family", tokens.family());
    return node;
  }
}
