package io.sparkmm.train.npu.standin;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;

/**
 * Program of a child process: meets many null references after the stand-in watches memory faults,
 * then reads device memory as if it were the host's.
 */
final class DeviceMemoryMain {
  private static final int ROUNDS = 200_000;

  private DeviceMemoryMain() {}

  public static void main(String[] arguments) {
    NativeLibrary library =
        NativeLibrary.getInstance(Path.of(arguments[0]).resolve("libascendcl.so").toString());
    call(library, "aclInit", Pointer.NULL);
    call(library, "aclrtSetDevice", 0);
    PointerByReference memory = new PointerByReference();
    call(library, "aclrtMalloc", memory, 4096L, 0);
    int found = 0;
    for (int i = 0; i < ROUNDS; i++) {
      try {
        found += lengthOf(i % 2 == 0 ? "x" : null);
      } catch (NullPointerException expected) {
        found += 2;
      }
    }
    System.out.println("0.found=" + found);
    System.out.flush();
    if (arguments.length > 1) {
      System.out.println("0.value=" + memory.getValue().getByte(100));
    }
    call(library, "aclrtFree", memory.getValue());
    call(library, "aclrtResetDevice", 0);
    call(library, "aclFinalize");
  }

  private static int lengthOf(String text) {
    return text.length();
  }

  private static void call(NativeLibrary library, String name, Object... arguments) {
    Function function = library.getFunction(name);
    int code = function.invokeInt(arguments);
    if (code != 0) {
      throw new IllegalStateException(name + " returned " + code);
    }
  }
}
