package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.nn.Parameter;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A model as the training loop sees it, sharded or whole. */
public interface ParallelModel extends AutoCloseable {
  /** All parameters in definition order; {@code data()} is a shard where the model is sharded. */
  List<Parameter> parameters();

  /** The ranks that a gradient's shards are spread over; norms are summed over them. */
  Collectives shardGroup();

  /**
   * Computes the gradients of a scalar, averages them over the data-parallel ranks and adds them to
   * those already there. Every rank calls it once per micro-batch.
   *
   * @throws FsdpException if the ranks did not compute gradients for the same parameters
   */
  void backward(Tensor loss);

  /** Forgets the gradients. */
  void clearGradients();

  /** Whole parameters, for saving and loading. */
  StateAccess state();

  /** Frees what the wrapping holds; the parameters stay. */
  @Override
  void close();
}
