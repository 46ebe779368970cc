package io.sparkmm.conf;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Low-rank adapters.
 *
 * @param loraTargetModules modules that get one; empty for off
 * @param loraR rank
 * @param loraAlpha scale
 * @param loraDropout dropout in front of the adapter
 * @param loadBaseModel base weights, when only adapters are loaded
 * @param loraRegisterForwardHook modules whose outputs must carry gradients
 */
public record LoraArguments(
    List<String> loraTargetModules,
    int loraR,
    double loraAlpha,
    double loraDropout,
    Optional<String> loadBaseModel,
    List<String> loraRegisterForwardHook)
    implements KeyGroup {
  private static final List<String> DEFAULT_HOOKS =
      List.of("word_embeddings", "input_layernorm", "final_layernorm");

  /** Copies the lists. */
  public LoraArguments {
    loraTargetModules = List.copyOf(loraTargetModules);
    loraRegisterForwardHook = List.copyOf(loraRegisterForwardHook);
  }

  static LoraArguments read(ConfigSection section) {
    int before = section.problems().count();
    if (!section.texts("lora_apply_modules").equals(List.of("all"))) {
      section.refuse("lora_apply_modules", "is not supported; must be all");
    }
    section.refuse("lora_mixed_training", "is not supported");
    section.refuse("lora_target_parameters", "is not supported");
    LoraArguments read =
        new LoraArguments(
            targets(section),
            section.integer("lora_r", 8, Limit.atLeast(1)),
            section.number("lora_alpha", 16, Limit.POSITIVE),
            section.number("lora_dropout", 0.0, Limit.BELOW_ONE),
            section.optionalText("load_base_model"),
            hooks(section));
    if (section.problems().count() == before) {
      read.check(section);
    }
    return read;
  }

  private void check(ConfigSection section) {
    if (section.isPresent("lora_target_modules") && loraTargetModules.isEmpty()) {
      section.report("lora_target_modules", "needs at least one name");
    }
  }

  private static List<String> targets(ConfigSection section) {
    return section.texts("lora_target_modules").stream()
        .flatMap(text -> Arrays.stream(text.split(",", -1)))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  private static List<String> hooks(ConfigSection section) {
    List<String> given = section.texts("lora_register_forward_hook");
    return given.isEmpty() ? DEFAULT_HOOKS : given;
  }
}
