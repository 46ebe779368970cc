package io.sparkmm.train.fsdp;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Parameters of a model by name, whole and one at a time, or as the rows that this rank holds, so
 * that memory stays small.
 *
 * <p>A model that was only declared when it was sharded ({@link FullyShard#applyDeclared}) gets its
 * weights here: each rank calls {@link #loadRows} with its rows of every parameter, or {@link
 * #load} with whole values, and then {@link #complete}.
 *
 * <pre>{@code
 * for (String name : state.names()) {
 *   ShardRows rows = state.rows(name);
 *   state.loadRows(name, valuesOf(rows.parameter(), rows.first(), rows.count()));
 * }
 * state.complete();
 * }</pre>
 */
public interface StateAccess {
  /** Names of all parameters in definition order, the same on every rank. */
  List<String> names();

  /**
   * Gathers a whole parameter in its storage type. Every rank calls it with the same name at the
   * same point.
   *
   * @return contiguous tensor of the full shape; belongs to the current scope
   * @throws IllegalArgumentException if there is no such parameter
   */
  Tensor gather(String name);

  /**
   * Sets a parameter from its whole value; every rank keeps its own part. No communication.
   *
   * @throws IllegalArgumentException if there is no such parameter or the shape differs
   */
  void load(String name, Tensor whole);

  /**
   * Which rows of a parameter this rank holds. No communication.
   *
   * @throws IllegalArgumentException if there is no such parameter
   */
  ShardRows rows(String name);

  /**
   * Whether this rank is the one of all that hold the same rows of a parameter which stores them
   * outside of memory. No communication.
   *
   * @throws IllegalArgumentException if there is no such parameter
   */
  boolean keeps(String name);

  /**
   * Sets this rank's rows of a parameter, converted to the type in which they are stored. No
   * communication.
   *
   * @param rows of the shape {@link ShardRows#shape}, also where that has no rows
   * @throws IllegalArgumentException if there is no such parameter or the shape differs
   */
  void loadRows(String name, Tensor rows);

  /**
   * Ends the loading of a model that was only declared: makes sure that every parameter got values
   * and that ranks which hold the same rows hold the same values. Every rank calls it at the same
   * point, before the first forward computation; that does it too if nobody did before. Does
   * nothing when the weights were there from the beginning.
   *
   * @throws FsdpException naming the model's class and the parameters that got no values
   * @throws io.sparkmm.train.comm.CollectiveException on every rank if values differ
   */
  void complete();
}
