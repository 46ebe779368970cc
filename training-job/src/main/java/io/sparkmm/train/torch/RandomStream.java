package io.sparkmm.train.torch;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The random numbers of one rank. libtorch has one generator per process, which the ranks of a
 * process would share in whatever order they run; this one belongs to the rank's thread, so that
 * what a rank draws depends on the seed, its number, and what it drew before only.
 */
public final class RandomStream {
  private static final ThreadLocal<Generator> CURRENT = new ThreadLocal<>();

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private RandomStream() {}

  /** Begins the stream of a rank on the calling thread. */
  public static void begin(long seed, int rank) {
    Generator generator = torch.make_generator_cpu(mix(mix(seed) + rank));
    generator.retainReference();
    Generator before = CURRENT.get();
    CURRENT.set(generator);
    if (before != null) {
      before.releaseReference();
    }
  }

  /**
   * The generator of the calling thread.
   *
   * @throws IllegalStateException if no stream was begun on it
   */
  public static Generator current() {
    Generator generator = CURRENT.get();
    if (generator == null) {
      throw new IllegalStateException(
          "Cannot draw random numbers: no stream was begun on thread "
              + Thread.currentThread().getName());
    }
    return generator;
  }

  /** Whether a stream was begun on the calling thread. */
  public static boolean begun() {
    return CURRENT.get() != null;
  }

  /** The state of the calling thread's stream, to go on from later; belongs to the scope. */
  public static Tensor state() {
    return current().get_state();
  }

  /** Lets the calling thread's stream go on from a state. */
  public static void restore(Tensor state) {
    current().set_state(state);
  }

  /** Spreads neighbouring numbers over all 64 bits (SplitMix64). */
  private static long mix(long value) {
    long z = value + GOLDEN;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
