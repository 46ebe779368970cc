package io.sparkmm.train.fsdp;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Whole parameters of a model by name, one at a time, so that memory stays small. */
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
   * Which part of a parameter this rank stores, in {@code Parameter.data()}. No communication.
   *
   * @throws IllegalArgumentException if there is no such parameter
   */
  HeldRows held(String name);
}
