package io.sparkmm.convert.dcp.command;

import java.nio.file.Path;

/**
 * Options of {@code Qwen3VLConverter dcp_to_hf}.
 *
 * @param loadDir folder with the {@code .metadata}, or a checkpoint with a tracker file
 * @param saveDir where the result appears
 * @param assetsDir the Hugging Face folder that the model came from: index, configuration,
 *     tokenizer
 * @param toBf16 round floating-point tensors to bfloat16
 */
public record Qwen3VlDcpToHfOptions(Path loadDir, Path saveDir, Path assetsDir, boolean toBf16) {}
