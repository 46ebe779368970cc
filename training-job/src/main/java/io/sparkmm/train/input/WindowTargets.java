package io.sparkmm.train.input;

/**
 * Targets of the accumulation window that a micro-batch belongs to, on its rank.
 *
 * @param perMicroBatch targets of the window divided by its micro-batches
 * @param total targets of the window
 */
public record WindowTargets(double perMicroBatch, long total) {}
