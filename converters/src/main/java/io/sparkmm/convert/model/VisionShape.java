package io.sparkmm.convert.model;

/**
 * What the configuration says about a vision tower.
 *
 * @param layers number of layers
 * @param hidden width
 * @param heads attention heads
 */
public record VisionShape(int layers, int hidden, int heads) {}
