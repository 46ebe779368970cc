package io.sparkmm.convert.command;

import io.sparkmm.convert.parallel.ParallelLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Options of {@code mm_to_hf}.
 *
 * @param mmDir checkpoint to read
 * @param iteration which iteration of it; empty for the one that the tracker file names
 * @param parallel how it is divided; one inner list per tower
 * @param hfDir the Hugging Face folder that it came from: configuration, names, tokenizer
 * @param saveHfDir where the result appears
 * @param canonical q, k, v and gate, up lie apart ({@code enable_canonical_hf_struct})
 */
public record MmToHfOptions(
    Path mmDir,
    Optional<String> iteration,
    ParallelLayout parallel,
    Path hfDir,
    Path saveHfDir,
    boolean canonical) {}
