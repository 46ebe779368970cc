package io.sparkmm.convert.dcp.command;

import java.nio.file.Path;

/**
 * Options of {@code Qwen3VLConverter hf_to_dcp}.
 *
 * @param hfDir folder with {@code *.safetensors} to read
 * @param dcpDir where the result appears
 * @param tieWeight add {@code lm_head.weight} as a copy of the embedding
 * @param loraBase name the tensors for a training of adapters
 */
public record Qwen3VlHfToDcpOptions(Path hfDir, Path dcpDir, boolean tieWeight, boolean loraBase) {}
