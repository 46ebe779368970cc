package io.sparkmm.train.launch;

import java.io.Serializable;

/**
 * What every worker of a {@link BarrierJob} does. The object travels to the executors by Java
 * serialization; every worker gets its own copy and runs it in a thread of its own.
 *
 * @param <R> what a worker hands back to the driver
 */
@FunctionalInterface
public interface WorkerTask<R extends Serializable> extends Serializable {
  /**
   * Does the work of one rank.
   *
   * @throws Exception any failure; it ends the whole job and is named in the driver's exception
   */
  R run(WorkerContext context) throws Exception;
}
