package io.sparkmm.train.fsdp;

import io.sparkmm.train.memory.TensorScope;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * What an exchange makes of the memory that it is given, kept for the next time that it is given
 * the same memory: making views costs more than copying a small weight.
 *
 * @param <V> views; tensors that live until they are closed
 */
final class ScratchViews<V extends AutoCloseable> implements AutoCloseable {
  private record Entry<V>(int generation, V views) {}

  private final Function<Scratch, V> maker;
  private final Map<Scratch, Entry<V>> entries = new IdentityHashMap<>();

  /** Makes views with a function, which keeps the tensors beyond the scope around it. */
  ScratchViews(Function<Scratch, V> maker) {
    this.maker = maker;
  }

  V of(Scratch memory) {
    Entry<V> entry = entries.get(memory);
    if (entry == null || entry.generation() != memory.generation()) {
      if (entry != null) {
        close(entry);
      }
      try (TensorScope scope = TensorScope.open()) {
        entry = new Entry<>(memory.generation(), maker.apply(memory));
      }
      entries.put(memory, entry);
    }
    return entry.views();
  }

  @Override
  public void close() {
    entries.values().forEach(ScratchViews::close);
    entries.clear();
  }

  private static <V extends AutoCloseable> void close(Entry<V> entry) {
    try {
      entry.views().close();
    } catch (Exception problem) {
      throw new IllegalStateException(problem);
    }
  }
}
