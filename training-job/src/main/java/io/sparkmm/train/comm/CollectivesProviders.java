package io.sparkmm.train.comm;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The providers of collective operations that are on the class path, by name. */
public final class CollectivesProviders {
  private final Map<String, CollectivesProvider> byName;

  private CollectivesProviders(Map<String, CollectivesProvider> byName) {
    this.byName = byName;
  }

  /** Finds the providers that the context class loader of this thread sees. */
  public static CollectivesProviders load() {
    return of(ServiceLoader.load(CollectivesProvider.class));
  }

  /**
   * Makes a lookup of given providers.
   *
   * @throws IllegalArgumentException if two providers have the same name
   */
  public static CollectivesProviders of(Iterable<CollectivesProvider> providers) {
    Map<String, CollectivesProvider> byName = new TreeMap<>();
    for (CollectivesProvider provider : providers) {
      CollectivesProvider other = byName.putIfAbsent(provider.name(), provider);
      if (other != null) {
        throw new IllegalArgumentException(
            String.format(
                "Cannot register collectives %s: both %s and %s have that name",
                provider.name(), other.getClass().getName(), provider.getClass().getName()));
      }
    }
    return new CollectivesProviders(byName);
  }

  /**
   * The provider of a name, which must be available.
   *
   * @throws IllegalArgumentException if there is none, listing those that there are, or if it
   *     cannot work here, with its reason
   */
  public CollectivesProvider find(String name) {
    CollectivesProvider provider = byName.get(name);
    if (provider == null) {
      throw new IllegalArgumentException(
          "Cannot find collectives " + name + ": there are " + describe());
    }
    CollectivesProvider.Availability availability = provider.availability();
    if (!availability.available()) {
      throw new IllegalArgumentException(
          "Cannot use collectives " + name + ": " + availability.reason());
    }
    return provider;
  }

  /** All providers, available or not, by falling priority and then by name. */
  public List<CollectivesProvider> all() {
    return byName.values().stream()
        .sorted(Comparator.comparingInt(CollectivesProvider::priority).reversed())
        .toList();
  }

  private String describe() {
    return byName.values().stream()
        .map(
            provider ->
                provider.name()
                    + (provider.availability().available()
                        ? ""
                        : " (not here: " + provider.availability().reason() + ")"))
        .collect(Collectors.joining(", "));
  }
}
