package io.sparkmm.train.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A node of a model's tree: named children and parameters in definition order, and a forward
 * computation that {@linkplain Interceptor interceptors} can wrap.
 *
 * <p>A module holds single-device math only. Its own public forward method has whatever arguments
 * suit it and passes its tensors through {@link #call}.
 */
public abstract class Module {
  private final Map<String, Module> children = new LinkedHashMap<>();
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final List<Interceptor> interceptors = new ArrayList<>();
  private boolean training = true;

  /** Adds a child under a name without dots; returns it. */
  protected final <M extends Module> M child(String name, M module) {
    if (name.indexOf('.') >= 0 || children.putIfAbsent(name, module) != null) {
      throw new IllegalArgumentException("Cannot add child module " + name + ": name is taken");
    }
    return module;
  }

  /** Adds a parameter under a name without dots; returns it. */
  protected final Parameter parameter(String name, Parameter parameter) {
    if (name.indexOf('.') >= 0 || parameters.putIfAbsent(name, parameter) != null) {
      throw new IllegalArgumentException("Cannot add parameter " + name + ": name is taken");
    }
    return parameter;
  }

  /** Direct children in definition order. */
  public final Map<String, Module> children() {
    return Collections.unmodifiableMap(children);
  }

  /** Own parameters in definition order, without those of children. */
  public final Map<String, Parameter> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** Whether the children are the elements of a list, named 0, 1, 2, ... */
  public boolean isList() {
    return false;
  }

  /**
   * This module and all below it in pre-order, by dotted path; the path of this module is empty.
   */
  public final Map<String, Module> namedModules() {
    Map<String, Module> all = new LinkedHashMap<>();
    collectModules("", all);
    return all;
  }

  private void collectModules(String path, Map<String, Module> all) {
    all.put(path, this);
    children.forEach((name, child) -> child.collectModules(join(path, name), all));
  }

  /**
   * All parameters below this module in definition order, by dotted name; gives each parameter its
   * name when called on the root of a model.
   */
  public final Map<String, Parameter> namedParameters() {
    Map<String, Parameter> all = new LinkedHashMap<>();
    collectParameters("", all);
    return all;
  }

  private void collectParameters(String path, Map<String, Parameter> all) {
    parameters.forEach((name, parameter) -> all.put(join(path, name), parameter));
    children.forEach((name, child) -> child.collectParameters(join(path, name), all));
  }

  /**
   * Writes the logical names into the parameters; to be called on a whole model: at the end of its
   * constructor, and after parameters were added.
   */
  public final void nameParameters() {
    namedParameters().forEach((name, parameter) -> parameter.setName(name));
  }

  /** The module at a dotted path below this one. */
  public final Optional<Module> find(String path) {
    Module module = this;
    for (String name : path.split("\\.", -1)) {
      module = module.children.get(name);
      if (module == null) {
        return Optional.empty();
      }
    }
    return Optional.of(module);
  }

  /**
   * Whether the module is being trained, as it is at first, rather than used: dropout and the like
   * work only then.
   */
  public final boolean training() {
    return training;
  }

  /** Switches this module and all below it between training and use. */
  public final void train(boolean on) {
    training = on;
    children.values().forEach(child -> child.train(on));
  }

  /**
   * Adds an interceptor inside those of lower or equal {@linkplain Interceptor#depth depth} that
   * are already there.
   */
  public final void intercept(Interceptor interceptor) {
    int position = interceptors.size();
    while (position > 0 && interceptors.get(position - 1).depth() > interceptor.depth()) {
      position--;
    }
    interceptors.add(position, interceptor);
  }

  /** Runs a forward computation through the interceptors. */
  protected final Tensor call(Interceptor.Forward body, Tensor... inputs) {
    return callFrom(0, body, inputs);
  }

  private Tensor callFrom(int index, Interceptor.Forward body, Tensor[] inputs) {
    if (index == interceptors.size()) {
      return body.apply(inputs);
    }
    return interceptors
        .get(index)
        .around(this, inputs, changed -> callFrom(index + 1, body, changed));
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
