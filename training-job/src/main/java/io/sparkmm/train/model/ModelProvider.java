package io.sparkmm.train.model;

import java.util.List;

/**
 * Brings model families of other jars: an implementation with a public constructor without
 * arguments, named in {@code META-INF/services/io.sparkmm.train.model.ModelProvider} of a jar on
 * the class path of driver and executors.
 */
public interface ModelProvider {
  /** The families; their ids, model types and architectures must be new. */
  List<ModelSpec> models();
}
