package io.sparkmm.convert.dcp.command;

import java.nio.file.Path;

/**
 * Options of the script {@code merge_dcp_to_hf}. Its switch {@code --sharded} makes no difference,
 * since memory does not grow with the model either way.
 *
 * @param loadDir folder with the {@code .metadata}, or a checkpoint with a tracker file
 * @param saveDir where the result appears
 * @param assetsDir the Hugging Face folder that the model came from: index, configuration,
 *     tokenizer
 * @param prefix what stands in front of all names in the checkpoint; may be empty
 */
public record MergeDcpToHfOptions(Path loadDir, Path saveDir, Path assetsDir, String prefix) {}
