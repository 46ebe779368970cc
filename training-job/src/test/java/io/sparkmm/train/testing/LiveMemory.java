package io.sparkmm.train.testing;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Structure;
import io.sparkmm.train.nn.Interceptor;
import io.sparkmm.train.nn.Module;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Assumptions;

/** Bytes that native code has allocated and not freed, as the C library counts them. */
public final class LiveMemory {
  /** Numbers of the GNU C library; all are bytes or counts. */
  @Structure.FieldOrder({
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "keepcost"
  })
  public static final class Counters extends Structure implements Structure.ByValue {
    public long arena;
    public long ordblks;
    public long smblks;
    public long hblks;
    public long hblkhd;
    public long usmblks;
    public long fsmblks;
    public long uordblks;
    public long fordblks;
    public long keepcost;
  }

  /** The C library. */
  public interface Libc extends Library {
    Counters mallinfo2();
  }

  private static final class Holder {
    static final Libc LIBC = Native.load("c", Libc.class);
  }

  private LiveMemory() {}

  /** Bytes in use now; the test is skipped where the C library does not count them. */
  public static long bytes() {
    try {
      Counters counters = Holder.LIBC.mallinfo2();
      return counters.hblkhd + counters.uordblks;
    } catch (UnsatisfiedLinkError noGlibc) {
      Assumptions.abort("the C library does not count its memory");
      return 0;
    }
  }

  /** Largest number of bytes at the ends of the modules' forward computations. */
  public static final class Peak implements Interceptor {
    private long bytes;

    /** Watches all modules of a model. */
    public static Peak of(Module root) {
      Peak peak = new Peak();
      root.namedModules().values().forEach(module -> module.intercept(peak));
      return peak;
    }

    /** Takes a sample now. */
    public void sample() {
      bytes = Math.max(bytes, LiveMemory.bytes());
    }

    /** The largest sample. */
    public long bytes() {
      return bytes;
    }

    @Override
    public int depth() {
      return RECOMPUTATION + 1;
    }

    @Override
    public Tensor around(Module module, Tensor[] inputs, Forward next) {
      Tensor output = next.apply(inputs);
      sample();
      return output;
    }
  }
}
