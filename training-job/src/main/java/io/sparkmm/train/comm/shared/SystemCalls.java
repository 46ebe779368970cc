package io.sparkmm.train.comm.shared;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.util.Optional;

/** The system calls of Linux on 64-bit machines that shared memory needs. */
final class SystemCalls {
  static final int READ_WRITE = 2;
  static final int CLOSE_ON_EXEC = 0x80000;

  private static final int UNNAMED = 0x400000;
  private static final int DIRECTORY_X86 = 0x10000;
  private static final int DIRECTORY_ARM = 0x4000;
  private static final int OWNER_ONLY = 0600;
  private static final int PROTECTION_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final int MAP_POPULATE = 0x8000;
  private static final int FUTEX_X86 = 202;
  private static final int FUTEX_ARM = 98;
  private static final int FUTEX_WAIT = 0;
  private static final int FUTEX_WAKE = 1;
  private static final int INTERRUPTED = 4;
  private static final int CHANGED = 11;
  private static final int NO_SPACE = 28;
  private static final int TIMED_OUT = 110;
  private static final long SLEEP_NANOS = 50_000_000;

  /** The C library, bound directly: a call costs a fraction of a microsecond. */
  private static final class C {
    /** Seconds and nanoseconds. */
    static final Memory LONGEST_SLEEP = new Memory(2 * Long.BYTES);

    static {
      Native.register(C.class, "c");
      LONGEST_SLEEP.setLong(0, 0);
      LONGEST_SLEEP.setLong(Long.BYTES, SLEEP_NANOS);
    }

    private C() {}

    static native int open(String path, int flags, int mode);

    static native int close(int file);

    static native int posix_fallocate(int file, long offset, long length);

    static native Pointer mmap(
        Pointer address, long length, int protection, int flags, int file, long offset);

    static native int munmap(Pointer address, long length);

    static native long syscall(
        long number, Pointer word, long operation, long value, Pointer timeout, long a, long b);
  }

  private SystemCalls() {}

  /** Why this machine is none of those; empty if it is. */
  static Optional<String> obstacle() {
    if (!Platform.isLinux() || !Platform.is64Bit() || !(Platform.isIntel() || Platform.isARM())) {
      return Optional.of(
          "it needs Linux on x86-64 or aarch64, this is " + Platform.RESOURCE_PREFIX);
    }
    return Optional.empty();
  }

  /** Makes a file that has no name in a folder, so that nothing of it can be left. */
  static int openUnnamed(String folder) {
    int directory = Platform.isARM() ? DIRECTORY_ARM : DIRECTORY_X86;
    int file = C.open(folder, UNNAMED | directory | READ_WRITE | CLOSE_ON_EXEC, OWNER_ONLY);
    if (file < 0) {
      throw failure("make a file in " + folder, Native.getLastError());
    }
    return file;
  }

  /** Opens a file for reading and writing. */
  static int open(String path) {
    int file = C.open(path, READ_WRITE | CLOSE_ON_EXEC, 0);
    if (file < 0) {
      throw failure("open " + path, Native.getLastError());
    }
    return file;
  }

  static void close(int file) {
    C.close(file);
  }

  /** Takes the memory of a whole file now, so that no later access can find it missing. */
  static void reserve(int file, long bytes, String folder) {
    int error = INTERRUPTED;
    while (error == INTERRUPTED) {
      error = C.posix_fallocate(file, 0, bytes);
    }
    if (error != 0) {
      throw failure("reserve " + bytes + " bytes in " + folder, error);
    }
  }

  static Pointer map(int file, long bytes) {
    Pointer address =
        C.mmap(Pointer.NULL, bytes, PROTECTION_READ_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
    if (Pointer.nativeValue(address) == -1) {
      throw failure("map " + bytes + " bytes", Native.getLastError());
    }
    return address;
  }

  static void unmap(Pointer address, long bytes) {
    C.munmap(address, bytes);
  }

  /**
   * Sleeps until somebody wakes those that sleep on a word, or for a while.
   *
   * @param word an int that all processes see; nothing happens if it is not {@code value}
   * @return false if the system does not offer this
   */
  static boolean sleep(Pointer word, int value) {
    if (C.syscall(futex(), word, FUTEX_WAIT, value, C.LONGEST_SLEEP, 0, 0) == 0) {
      return true;
    }
    int error = Native.getLastError();
    return error == CHANGED || error == TIMED_OUT || error == INTERRUPTED;
  }

  /** Wakes all that sleep on a word. */
  static void wake(Pointer word) {
    C.syscall(futex(), word, FUTEX_WAKE, Integer.MAX_VALUE, Pointer.NULL, 0, 0);
  }

  private static long futex() {
    return Platform.isARM() ? FUTEX_ARM : FUTEX_X86;
  }

  private static SharedMemoryException failure(String what, int error) {
    String reason = error == NO_SPACE ? "no space is left" : "error " + error;
    return new SharedMemoryException("Cannot " + what + ": " + reason);
  }
}
