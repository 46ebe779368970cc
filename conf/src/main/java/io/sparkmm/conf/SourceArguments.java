package io.sparkmm.conf;

import java.util.Optional;

/**
 * The configuration files.
 *
 * @param mmModel {@code model.json}
 * @param mmData {@code data.json}
 * @param mmTool {@code tools.json}
 * @param fsdp2ConfigPath {@code fsdp2.yaml}
 */
public record SourceArguments(
    Optional<String> mmModel,
    Optional<String> mmData,
    Optional<String> mmTool,
    Optional<String> fsdp2ConfigPath)
    implements KeyGroup {

  static SourceArguments read(ConfigSection section) {
    return new SourceArguments(
        section.optionalText("mm_model"),
        section.optionalText("mm_data"),
        section.optionalText("mm_tool"),
        section.optionalText("fsdp2_config_path"));
  }
}
