package io.sparkmm.train.launch;

import java.io.Serializable;

/**
 * What a worker handed back.
 *
 * @param rank the worker's rank
 * @param value its result
 */
record WorkerResult<R extends Serializable>(int rank, R value) implements Serializable {}
