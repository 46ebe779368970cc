package io.sparkmm.convert.command;

import io.sparkmm.convert.parallel.ParallelLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Options of {@code hf_to_mm} and {@code hf_to_mm_ldt}.
 *
 * @param mmDir where the result appears
 * @param parallel how to divide it
 * @param hfDir Hugging Face folder to read
 * @param llmHfDir a folder whose language model replaces that of {@code hfDir}
 * @param visionOnly take only the vision tower and its projector
 * @param canonical leave q, k, v and gate, up apart ({@code enable_canonical_hf_struct})
 * @param edgeCloud the U-shaped pipeline of {@code hf_to_mm_ldt}
 */
public record HfToMmOptions(
    Path mmDir,
    ParallelLayout parallel,
    Path hfDir,
    Optional<Path> llmHfDir,
    boolean visionOnly,
    boolean canonical,
    boolean edgeCloud) {}
