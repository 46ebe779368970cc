package io.sparkmm.convert.dcp.command;

import java.nio.file.Path;

/**
 * Options of {@code Qwen3VLConverter lora_hf_to_dcp}.
 *
 * @param hfDir folder with the {@code *.safetensors} of adapters
 * @param dcpDir where the result appears
 */
public record LoraHfToDcpOptions(Path hfDir, Path dcpDir) {}
