package io.sparkmm.train.loop;

import java.io.Serializable;

/**
 * What is about to be trained.
 *
 * @param ranks data-parallel ranks
 * @param microBatches micro-batches of an iteration on each rank
 * @param parameters elements of all parameters of the model
 * @param trainableParameters elements of those that are trained
 * @param localElements elements of all parameters that this rank stores
 */
public record TrainStart(
    int ranks, int microBatches, long parameters, long trainableParameters, long localElements)
    implements Serializable {}
