package io.sparkmm.train.fsdp;

import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.FloatTypes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Which parameters form which group: in post-order each selected module takes the parameters below
 * it that no selected module further down has taken, the root at last the rest.
 *
 * @param groups in post-order, the root's last; a group may have no parameters
 * @param ignored parameters that stay out of all groups, in definition order, each once
 * @param declaredType type of parameters that have no storage yet; empty if all have it
 */
record WrapPlan(List<Group> groups, List<Parameter> ignored, Optional<ScalarType> declaredType) {
  /**
   * Parameters that are gathered together.
   *
   * @param path of the module, empty for the root
   * @param module whose forward computation needs them
   * @param parameters in definition order, each once
   * @param type in which the parameters are stored
   */
  record Group(String path, Module module, List<Parameter> parameters, ScalarType type) {
    /** Name for messages. */
    String label() {
      return path.isEmpty() ? "(root)" : path;
    }
  }

  /** Makes the plan of a model whose parameters all have storage. */
  static WrapPlan of(Module root, List<String> modulePaths) {
    return of(root, modulePaths, List.of(), Optional.empty());
  }

  /**
   * Makes the plan.
   *
   * @param ignoredPaths modules whose parameters belong to no group
   * @param declaredType type of parameters that have no storage yet; empty if all must have it
   * @throws FsdpException if a path leads nowhere or to the root, a module is selected and ignored,
   *     or two groups share a parameter
   */
  static WrapPlan of(
      Module root,
      List<String> modulePaths,
      List<String> ignoredPaths,
      Optional<ScalarType> declaredType) {
    Set<String> selected = paths(root, "shard", modulePaths);
    Set<String> ignored = paths(root, "ignore", ignoredPaths);
    for (String path : selected) {
      for (String other : ignored) {
        if (path.equals(other) || path.startsWith(other + ".")) {
          throw new FsdpException(
              FsdpException.Kind.CONFIGURATION,
              String.format(
                  "Cannot shard module '%s': it is %s of ignored_modules; take it out of"
                      + " sub_modules_to_wrap or out of ignored_modules",
                  path, path.equals(other) ? "one" : "inside '" + other + "'"));
        }
      }
    }
    Builder builder = new Builder(selected, ignored, declaredType);
    List<Parameter> rest = builder.visit("", root);
    builder.add("", root, rest);
    builder.requireIgnorable();
    return new WrapPlan(
        Collections.unmodifiableList(builder.groups),
        List.copyOf(builder.ignoredParameters),
        declaredType);
  }

  private static Set<String> paths(Module root, String verb, List<String> modulePaths) {
    Set<String> found = new LinkedHashSet<>();
    Map<String, Module> modules = root.namedModules();
    for (String path : modulePaths) {
      if (path.isEmpty() || !modules.containsKey(path)) {
        throw new FsdpException(
            FsdpException.Kind.CONFIGURATION,
            "Cannot "
                + verb
                + " module '"
                + path
                + "': "
                + (path.isEmpty()
                    ? "the root is always a group of its own"
                    : "the model has no module of that path"));
      }
      found.add(path);
    }
    return found;
  }

  private static final class Builder {
    private final Set<String> selected;
    private final Set<String> ignored;
    private final Set<Parameter> ignoredParameters = new LinkedHashSet<>();
    private final Optional<ScalarType> declaredType;
    private final List<Group> groups = new ArrayList<>();
    private final Map<Parameter, String> takenBy = new IdentityHashMap<>();

    Builder(Set<String> selected, Set<String> ignored, Optional<ScalarType> declaredType) {
      this.selected = selected;
      this.ignored = ignored;
      this.declaredType = declaredType;
    }

    /** Parameters of a module and below that belong to a group further up. */
    List<Parameter> visit(String path, Module module) {
      List<Parameter> open = new ArrayList<>(module.parameters().values());
      module
          .children()
          .forEach(
              (name, child) -> {
                String childPath = path.isEmpty() ? name : path + "." + name;
                if (ignored.contains(childPath)) {
                  ignoredParameters.addAll(child.namedParameters().values());
                  return;
                }
                List<Parameter> below = visit(childPath, child);
                if (selected.contains(childPath)) {
                  add(childPath, child, below);
                } else {
                  open.addAll(below);
                }
              });
      return open;
    }

    void add(String path, Module module, List<Parameter> parameters) {
      Set<Parameter> unique = Collections.newSetFromMap(new IdentityHashMap<>());
      List<Parameter> members = new ArrayList<>();
      for (Parameter parameter : parameters) {
        if (unique.add(parameter)) {
          members.add(parameter);
        }
      }
      members.forEach(this::requireShardable);
      ScalarType type = members.isEmpty() ? ScalarType.Float : typeOf(members.get(0));
      Group group = new Group(path, module, List.copyOf(members), type);
      for (Parameter parameter : members) {
        String other = takenBy.putIfAbsent(parameter, group.label());
        if (other != null) {
          throw new FsdpException(
              FsdpException.Kind.SHARED_PARAMETER,
              String.format(
                  "Cannot shard parameter %s: groups %s and %s share it; wrap a module that holds"
                      + " all its uses, or untie it",
                  parameter.name(), other, group.label()));
        }
      }
      requireOneType(group);
      groups.add(group);
    }

    void requireIgnorable() {
      for (Parameter parameter : ignoredParameters) {
        String group = takenBy.get(parameter);
        if (group != null) {
          throw new FsdpException(
              FsdpException.Kind.SHARED_PARAMETER,
              String.format(
                  "Cannot ignore parameter %s: group %s uses it too; ignore a module that holds all"
                      + " its uses, or untie it",
                  parameter.name(), group));
        }
        if (!parameter.materialized() && declaredType.isEmpty()) {
          throw notShardable(
              parameter, "it has no storage yet; initialise or load the model first");
        }
      }
    }

    private ScalarType typeOf(Parameter parameter) {
      return parameter.materialized()
          ? FloatTypes.of(parameter.data())
          : declaredType.orElseThrow().intern();
    }

    private void requireShardable(Parameter parameter) {
      if (parameter.shape().length == 0) {
        throw notShardable(parameter, "it is a scalar, without rows to spread");
      }
      if (parameter.elements() == 0) {
        throw notShardable(parameter, "it has no elements");
      }
      if (parameter.materialized()) {
        requireShardableStorage(parameter);
      } else if (declaredType.isEmpty()) {
        throw notShardable(parameter, "it has no storage yet; initialise or load the model first");
      }
    }

    private static void requireShardableStorage(Parameter parameter) {
      if (!parameter.data().is_contiguous()) {
        throw notShardable(parameter, "its storage is not contiguous");
      }
      if (!parameter.data().is_floating_point()) {
        throw notShardable(parameter, "its type is " + parameter.data().scalar_type());
      }
      if (!Arrays.equals(parameter.data().sizes().vec().get(), parameter.shape())) {
        throw notShardable(
            parameter, "its storage does not have its shape; is it sharded already?");
      }
    }

    private void requireOneType(Group group) {
      for (Parameter parameter : group.parameters()) {
        Parameter first = group.parameters().get(0);
        if (typeOf(parameter) != group.type()) {
          throw notShardable(
              parameter,
              String.format(
                  "its type is %s, but %s of the same group %s is %s",
                  typeOf(parameter), first.name(), group.label(), group.type()));
        }
      }
    }

    private static FsdpException notShardable(Parameter parameter, String reason) {
      return new FsdpException(
          FsdpException.Kind.NOT_SHARDABLE,
          "Cannot shard parameter " + parameter.name() + ": " + reason);
    }
  }
}
