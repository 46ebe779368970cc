package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpBytes;
import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.dcp.DcpException;
import io.sparkmm.convert.dcp.DcpTensor;
import io.sparkmm.convert.pickle.PickleObject;
import io.sparkmm.train.lora.LoraNames;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * What a checkpoint tells about the run that wrote it.
 *
 * @param folder its folder
 * @param iteration iterations done; 0 for weights without a run
 * @param consumedSamples samples trained on; empty when it does not tell
 * @param scheduler values of the learning-rate schedule by name, with {@code num_steps}; empty when
 *     it has none
 * @param hasOptimizer whether there is state of an optimizer
 * @param hasGenerator whether there is state of the random generators
 * @param hasAdapters whether there are weights of low-rank adapters
 */
public record StoredRun(
    Path folder,
    long iteration,
    OptionalLong consumedSamples,
    Map<String, Object> scheduler,
    boolean hasOptimizer,
    boolean hasGenerator,
    boolean hasAdapters) {
  private static final String OPTIMIZER_STATE = StateKeys.OPTIMIZER + "." + StateKeys.STATE + ".";

  public StoredRun {
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(consumedSamples, "consumedSamples");
    scheduler = Collections.unmodifiableMap(new LinkedHashMap<>(scheduler));
  }

  /**
   * Reads what a checkpoint tells.
   *
   * @param folder folder of one iteration
   * @throws CheckpointException if it is no checkpoint, or a damaged one
   */
  public static StoredRun read(Path folder) {
    return read(open(folder));
  }

  /** Opens a checkpoint, with the message of what is wrong. */
  static DcpCheckpoint open(Path folder) {
    if (!DcpCheckpoint.isIn(folder)) {
      throw new CheckpointException(
          CheckpointException.Kind.FORMAT,
          "Cannot load "
              + folder
              + ": it holds no .metadata, so it is no distributed checkpoint (torch_dcp); make one"
              + " of a Hugging Face folder or of files of ranks with mm-convert");
    }
    try {
      return DcpCheckpoint.open(folder);
    } catch (DcpException e) {
      throw damaged(folder, e);
    }
  }

  static CheckpointException damaged(Path folder, RuntimeException e) {
    return new CheckpointException(
        CheckpointException.Kind.DAMAGED,
        "Cannot load checkpoint " + folder + ": " + e.getMessage(),
        e);
  }

  static StoredRun read(DcpCheckpoint checkpoint) {
    try {
      Map<String, Object> scheduler = new LinkedHashMap<>();
      for (DcpBytes value : checkpoint.metadata().values()) {
        if (value.key().isUnder(StateKeys.SCHEDULER)) {
          scheduler.put(value.key().rest(), checkpoint.value(value.key().flat()));
        }
      }
      return new StoredRun(
          checkpoint.path(),
          number(value(checkpoint, StateKeys.ITERATION)).orElse(0),
          consumed(checkpoint),
          scheduler,
          checkpoint.metadata().tensors().stream().anyMatch(StoredRun::isOptimizerState),
          checkpoint.find(StateKeys.generator(0).flat()).isPresent(),
          checkpoint.metadata().tensors().stream()
              .filter(tensor -> !isOptimizerState(tensor))
              .anyMatch(tensor -> LoraNames.isAdapter(tensor.key().flat())));
    } catch (DcpException e) {
      throw damaged(checkpoint.path(), e);
    }
  }

  private static boolean isOptimizerState(DcpTensor tensor) {
    return tensor.key().flat().startsWith(OPTIMIZER_STATE);
  }

  /** From the stored arguments: an object with attributes, or a dict. */
  private static OptionalLong consumed(DcpCheckpoint checkpoint) {
    Object args = value(checkpoint, StateKeys.ARGS);
    if (args instanceof PickleObject namespace) {
      return number(namespace.attribute(StateKeys.CONSUMED).orElse(""));
    }
    return number(value(checkpoint, StateKeys.ARGS + "." + StateKeys.CONSUMED));
  }

  private static OptionalLong number(Object value) {
    return value instanceof Number number
        ? OptionalLong.of(number.longValue())
        : OptionalLong.empty();
  }

  /** A value; an empty text when there is none. */
  private static Object value(DcpCheckpoint checkpoint, String key) {
    List<DcpBytes> values = checkpoint.metadata().values();
    boolean there = values.stream().anyMatch(value -> value.key().flat().equals(key));
    return there ? checkpoint.value(key) : "";
  }
}
