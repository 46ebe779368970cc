package io.sparkmm.convert.command;

import io.sparkmm.convert.parallel.ParallelLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Options of {@code lora_hf_to_mm} and {@code lora_mm_to_hf}.
 *
 * @param source folder to read: safetensors adapters, or a checkpoint with a tracker file
 * @param iteration of a checkpoint: which one; empty for the one that the tracker file names
 * @param parallel how the checkpoint is divided
 * @param target where the result appears
 * @param modelPrefix what stands before all names on the Hugging Face side; may be empty
 * @param newNames the Hugging Face side says {@code model.language_model} and {@code model.visual}
 * @param visionOnly take only the vision tower
 */
public record LoraOptions(
    Path source,
    Optional<String> iteration,
    ParallelLayout parallel,
    Path target,
    String modelPrefix,
    boolean newNames,
    boolean visionOnly) {}
