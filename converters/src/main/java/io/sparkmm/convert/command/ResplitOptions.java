package io.sparkmm.convert.command;

import io.sparkmm.convert.parallel.ParallelLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Options of {@code resplit}.
 *
 * @param sourceDir checkpoint to read
 * @param iteration which iteration of it; empty for the one that the tracker file names
 * @param source how it is divided
 * @param targetDir where the result appears
 * @param target how to divide it
 */
public record ResplitOptions(
    Path sourceDir,
    Optional<String> iteration,
    ParallelLayout source,
    Path targetDir,
    ParallelLayout target) {}
