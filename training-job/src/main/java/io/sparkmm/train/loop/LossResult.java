package io.sparkmm.train.loop;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * What a loss function returns for one micro-batch.
 *
 * @param loss scalar that still has its graph
 * @param log values for the log line, in order, already reduced over the data-parallel group
 */
public record LossResult(Tensor loss, Map<String, Double> log) {}
