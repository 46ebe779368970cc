package io.sparkmm.train.testing;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Structure;
import io.sparkmm.train.nn.Interceptor;
import io.sparkmm.train.nn.Module;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.bytedeco.javacpp.Pointer;
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

  /** A part of the heap: its first address, for some collectors what is in use, and its end. */
  private static final Pattern HEAP_RANGE =
      Pattern.compile("\\[0x(\\p{XDigit}+),(?: ?0x\\p{XDigit}+,)? ?0x(\\p{XDigit}+)\\)");

  private static final Pattern MAPPING = Pattern.compile("(\\p{XDigit}+)-(\\p{XDigit}+) ");

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

  /** Frees what only the collector knows to be unused, now and not at some later time. */
  public static void collect() {
    long before = -1;
    for (int round = 0; round < 20 && Pointer.totalBytes() != before; round++) {
      before = Pointer.totalBytes();
      System.gc();
      try {
        // The collector hands over what it found in a thread of its own.
        Thread.sleep(100);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return;
      }
      Pointer.deallocateReferences();
    }
  }

  /**
   * Resident bytes of this process but those of the Java heap, whose pages stay resident once they
   * were used; the test is skipped where the system does not tell.
   */
  public static long residentOutsideOfJavaHeap() {
    try {
      Matcher heap =
          HEAP_RANGE.matcher(
              (String)
                  ManagementFactory.getPlatformMBeanServer()
                      .invoke(
                          new ObjectName("com.sun.management:type=DiagnosticCommand"),
                          "gcHeapInfo",
                          null,
                          null));
      long first = Long.MAX_VALUE;
      long end = 0;
      while (heap.find()) {
        first = Math.min(first, parse(heap.group(1)));
        end = Math.max(end, parse(heap.group(2)));
      }
      Assumptions.assumeTrue(end > 0, "the virtual machine does not tell where its heap is");
      return residentOutsideOf(first, end);
    } catch (IOException | JMException untold) {
      Assumptions.abort("the system does not tell what is resident: " + untold);
      return 0;
    }
  }

  private static long residentOutsideOf(long first, long end) throws IOException {
    long sum = 0;
    boolean counts = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.lookingAt()) {
        counts = parse(mapping.group(2)) <= first || parse(mapping.group(1)) >= end;
      } else if (counts && line.startsWith("Rss:")) {
        sum += Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    return sum;
  }

  private static long parse(String address) {
    return Long.parseUnsignedLong(address, 16);
  }

  /** Most resident bytes that a computation adds to those before it. */
  public static long peakOf(Runnable computation) {
    long before;
    try {
      Files.writeString(Path.of("/proc/self/clear_refs"), "5");
      before = status("VmRSS:");
    } catch (IOException noLinux) {
      Assumptions.abort("the system does not tell how much memory a process had: " + noLinux);
      return 0;
    }
    computation.run();
    try {
      return status("VmHWM:") - before;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long status(String field) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith(field)) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    throw new IOException("no " + field);
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
