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
   * Whether this rank counts a parameter's gradient in the norm over the {@link #shardGroup}: of
   * what several ranks of that group hold, one of them counts it.
   */
  default boolean countsInNorm(Parameter parameter) {
    return true;
  }

  /**
   * Computes the gradients of a scalar, averages them over the data-parallel ranks and adds them to
   * those already there. Every rank calls it once per micro-batch.
   *
   * @throws io.sparkmm.train.comm.CollectiveException if the ranks did not compute gradients for
   *     the same parameters, or one of them is lost
   */
  void backward(Tensor loss);

  /**
   * Makes sure that all ranks are at the same point of a pass, before they exchange something on
   * their own. Every rank calls it.
   *
   * @param point number of the point, the same on every rank; below 2^56
   * @param what the point in words, for the message when ranks are at different points
   * @throws io.sparkmm.train.comm.CollectiveException on every rank if they are
   */
  void agree(long point, String what);

  /** Forgets the gradients. */
  void clearGradients();

  /**
   * Ends a forward computation that no backward pass follows, such as one of a validation. Every
   * rank calls it.
   */
  void endForwardPass();

  /** Time spent in exchanges since the last call of this method. */
  CommunicationTime takeCommunicationTime();

  /** Whole parameters, for saving and loading. */
  StateAccess state();

  /** Frees what the wrapping holds; the parameters stay. */
  @Override
  void close();
}
