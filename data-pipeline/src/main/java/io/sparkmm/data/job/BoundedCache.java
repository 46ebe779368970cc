package io.sparkmm.data.job;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers a bounded number of values; the one that has not been asked for the longest goes first.
 * Not thread-safe.
 */
final class BoundedCache<K, V> {
  private final Map<K, V> values;

  /**
   * An empty cache.
   *
   * @param most values to remember, at least 1
   */
  BoundedCache(int most) {
    values = new Recent<>(most);
  }

  /** The value of a key, if it is remembered. */
  Optional<V> get(K key) {
    return Optional.ofNullable(values.get(key));
  }

  /** Remembers a value and returns it. */
  V put(K key, V value) {
    values.put(key, value);
    return value;
  }

  int size() {
    return values.size();
  }

  private static final class Recent<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int most;

    Recent(int most) {
      super(16, 0.75f, true);
      this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > most;
    }
  }
}
