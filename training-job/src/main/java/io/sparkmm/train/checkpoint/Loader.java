package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.fsdp.ShardRows;
import io.sparkmm.train.loop.TrainState;
import io.sparkmm.train.lora.Lora;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.Optimizer;
import io.sparkmm.train.torch.FloatTypes;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a checkpoint, written by any number of ranks, into the part of a run's state that this rank
 * has. Only the rows that the rank has are read.
 */
final class Loader {
  private static final Logger LOG = LoggerFactory.getLogger(Loader.class);

  private final DcpCheckpoint checkpoint;
  private final ParallelModel model;
  private final int rank;
  private final KeyMatch match;
  private final TensorSource source;

  /**
   * Looks which weights the checkpoint has.
   *
   * @param match the wanted parameters and their keys
   * @param rank rank among all workers; the first one tells about differences
   * @throws CheckpointException of kind MISSING if some of the wanted ones are not there
   */
  Loader(DcpCheckpoint checkpoint, KeyMatch match, ParallelModel model, int rank) {
    this.checkpoint = checkpoint;
    this.model = model;
    this.rank = rank;
    this.match = match;
    this.source = new TensorSource(checkpoint);
    if (rank == 0) {
      LOG.info("Missing keys: {}", match.missing());
      LOG.info("Unexpected keys: {}", match.unexpected());
    }
    match.requireAll(checkpoint);
  }

  /** Loads what a run goes on with: the adapters of a model that has some, else everything. */
  static Loader ofRun(DcpCheckpoint checkpoint, TrainState state, int rank) {
    KeyMatch match = KeyMatch.of(checkpoint, state.model());
    return new Loader(
        checkpoint,
        Lora.isIn(state.model()) ? match.of(parameters(state.parallel(), true)) : match,
        state.parallel(),
        rank);
  }

  /** Loads everything but adapters. */
  static Loader ofBase(
      DcpCheckpoint checkpoint, TrainableModel model, ParallelModel parallel, int rank) {
    return new Loader(
        checkpoint, KeyMatch.of(checkpoint, model).of(parameters(parallel, false)), parallel, rank);
  }

  private static Set<String> parameters(ParallelModel model, boolean adapters) {
    return model.parameters().stream()
        .filter(parameter -> parameter.role().isAdapter() == adapters)
        .map(Parameter::name)
        .collect(Collectors.toSet());
  }

  /**
   * Reads weights and, if asked to, the optimizer's state.
   *
   * @param optimizer gets its state if the run goes on: then types must be those of the run
   * @param downcast whether float32 weights are rounded to bfloat16
   * @throws CheckpointException if something is missing, does not fit, or is damaged
   */
  void load(Optional<Optimizer> optimizer, boolean downcast) {
    for (Parameter parameter : model.parameters()) {
      String key = match.keys().get(parameter.name());
      if (key == null) {
        continue;
      }
      Tensor data = parameter.data();
      source.add(
          key,
          parameter.shape(),
          held(parameter),
          optimizer.isPresent() ? List.of(TensorSource.typeOf(data)) : List.of(),
          rows -> model.state().loadRows(parameter.name(), downcast ? rounded(rows) : rows));
    }
    List<String> without =
        optimizer.map(this::addMoments).map(OptimizerSource::without).orElse(List.of());
    source.read();
    if (rank == 0 && !without.isEmpty()) {
      LOG.warn("No optimizer state for {}: it starts anew", without);
    }
  }

  private OptimizerSource addMoments(Optimizer optimizer) {
    OptimizerSource moments = new OptimizerSource(checkpoint, source, match, optimizer);
    List<Parameter> parameters = optimizer.groups().parameters();
    for (int i = 0; i < parameters.size(); i++) {
      moments.add(parameters.get(i), i, held(parameters.get(i)));
    }
    return moments;
  }

  /**
   * Sets the random generator of this rank.
   *
   * @throws CheckpointException of kind NO_STATE if the checkpoint has none for any rank
   */
  void generator() {
    String key = StateKeys.generator(rank).flat();
    if (checkpoint.find(key).isPresent()) {
      try {
        TorchGenerator.restore(source.bytes(key));
      } catch (IllegalArgumentException e) {
        throw new CheckpointException(
            CheckpointException.Kind.MISMATCH,
            "Cannot load " + key + " of checkpoint " + checkpoint.path() + ": " + e.getMessage(),
            e);
      }
    } else if (checkpoint.find(StateKeys.generator(0).flat()).isPresent()) {
      LOG.warn("No state of the random generator for rank {}: it goes on as it is", rank);
    } else {
      throw new CheckpointException(
          CheckpointException.Kind.NO_STATE,
          "Cannot load checkpoint "
              + checkpoint.path()
              + ": it has no state of the random generators; give --no-load-rng or --finetune");
    }
  }

  private ShardRows held(Parameter parameter) {
    return model.state().rows(parameter.name());
  }

  private static Tensor rounded(Tensor rows) {
    boolean wide = TensorSource.typeOf(rows) == DType.F32;
    return wide ? FloatTypes.cast(rows.to(ScalarType.BFloat16), ScalarType.Float) : rows;
  }
}
