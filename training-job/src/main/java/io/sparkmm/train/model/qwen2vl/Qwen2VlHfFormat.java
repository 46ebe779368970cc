package io.sparkmm.train.model.qwen2vl;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.model.HfFormat;
import java.util.Optional;

/**
 * Names and configuration of Qwen2-VL checkpoints.
 *
 * <p>Parameters have the names of the published files. Files that a newer release saved again under
 * its module names ({@code model.visual.}, {@code model.language_model.}) are read, too.
 */
final class Qwen2VlHfFormat implements HfFormat {
  private static final String HEAD = "lm_head.weight";

  private final Qwen2VlConfig config;

  Qwen2VlHfFormat(Qwen2VlConfig config) {
    this.config = config;
  }

  @Override
  public ObjectNode config() {
    return Qwen2VlConfigParser.toHfJson(config);
  }

  @Override
  public ObjectNode generationConfig() {
    Qwen2VlTokens tokens = config.tokens();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    tokens.bos().ifPresent(id -> json.put("bos_token_id", id));
    json.put("do_sample", false);
    if (!tokens.eos().isEmpty()) {
      tokens.eos().forEach(json.putArray("eos_token_id")::add);
      json.put(
          "pad_token_id",
          config.text().padTokenId().orElse(tokens.eos().get(tokens.eos().size() - 1)));
    }
    return json;
  }

  @Override
  public Optional<String> parameterOf(String tensorName) {
    if (tensorName.endsWith(".inv_freq")) {
      return Optional.empty();
    }
    if (tensorName.equals(HEAD) && config.tieWordEmbeddings()) {
      return Optional.empty();
    }
    return Optional.of(
        replacePrefix(
            replacePrefix(tensorName, "model.visual.", "visual."),
            "model.language_model.",
            "model."));
  }

  private static String replacePrefix(String name, String prefix, String replacement) {
    return name.startsWith(prefix) ? replacement + name.substring(prefix.length()) : name;
  }
}
