package io.sparkmm.train.npu;

import com.sun.jna.ptr.IntByReference;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ACL runtime of this process: started once, and used from one thread. A process serves one
 * rank and so has one device at a time.
 *
 * <p>The runtime is left running when its user is done: it cannot be started a second time in one
 * process, and executors run one task after the other.
 */
public final class NpuRuntime {
  /** System property with folders of libraries, before those of the environment. */
  public static final String FOLDERS_PROPERTY = "sparkmm.npu.libraries";

  private static final Logger LOG = LoggerFactory.getLogger(NpuRuntime.class);

  /** How long HCCL's own processes may hold a card after its user is gone. */
  private static final Duration COOL_DOWN = Duration.ofSeconds(10);

  private static NpuRuntime shared;

  private final NpuLibraries libraries;
  private final NpuThread thread = new NpuThread("sparkmm-npu");
  private final boolean owner;
  private NpuDevice device;
  private String unusable = "";
  private Optional<Long> failedAt = Optional.empty();

  private NpuRuntime(NpuLibraries libraries) {
    this.libraries = libraries;
    owner = thread.call(() -> start(libraries.acl()));
  }

  /**
   * The runtime of this process, started by the first call.
   *
   * @throws NpuLibraryException if the libraries cannot be loaded
   * @throws NpuException if the runtime does not start
   */
  public static synchronized NpuRuntime shared() {
    if (shared == null) {
      shared = new NpuRuntime(NpuLibraries.open(folders()));
      LOG.info("NPU runtime from {}", String.join(", ", shared.libraries.files()));
    }
    return shared;
  }

  /** Folders in which libraries are looked for, first those of {@value #FOLDERS_PROPERTY}. */
  public static List<Path> folders() {
    List<Path> folders = new ArrayList<>();
    Pattern.compile(Pattern.quote(File.pathSeparator))
        .splitAsStream(System.getProperty(FOLDERS_PROPERTY, ""))
        .filter(folder -> !folder.isEmpty())
        .map(Path::of)
        .forEach(folders::add);
    folders.addAll(NpuLibraries.foldersOf(System.getenv()));
    return folders;
  }

  /** The loaded libraries. */
  public NpuLibraries libraries() {
    return libraries;
  }

  /** Number of devices that this process sees. */
  public int deviceCount() {
    return thread.call(
        () -> {
          IntByReference count = new IntByReference();
          check("aclrtGetDeviceCount", libraries.acl().aclrtGetDeviceCount(count));
          return count.getValue();
        });
  }

  /** The runtime's name for the chip; empty if it has none. */
  public String socName() {
    return thread.call(() -> Optional.ofNullable(libraries.acl().aclrtGetSocName()).orElse(""));
  }

  /** The generation of the chip. */
  public ChipFamily family() {
    return ChipFamily.of(socName());
  }

  /**
   * Takes a device, or joins those who have taken it. Each taker closes what it got.
   *
   * @throws IllegalStateException if this process has taken another device, or earlier work never
   *     ended, so that the process has to
   */
  public synchronized NpuDevice take(int index) {
    if (!unusable.isEmpty()) {
      throw new IllegalStateException(
          "Cannot use npu:" + index + ": " + unusable + "; end this process and start another one");
    }
    if (device != null && device.index() != index) {
      throw new IllegalStateException(
          String.format(
              "Cannot use npu:%d: this process already uses npu:%d, and a process serves one"
                  + " device",
              index, device.index()));
    }
    if (device == null) {
      device = new NpuDevice(this, thread, index);
    }
    device.join();
    return device;
  }

  /** Why this process must not use a device any more; empty while it may. */
  public synchronized Optional<String> unusable() {
    return unusable.isEmpty() ? Optional.empty() : Optional.of(unusable);
  }

  /** Gives up on work that never ended: its memory can neither be freed nor used again. */
  synchronized void giveUp(String reason) {
    if (unusable.isEmpty()) {
      unusable = reason;
      LOG.warn("{}: this process must end before its device is used again", reason);
    }
  }

  /** Notes that the users of the device have failed. */
  synchronized void failed() {
    failedAt = Optional.of(System.nanoTime());
  }

  /** Waits if a failure was a moment ago: a card that is taken too early refuses. */
  void coolDown() {
    Duration left;
    synchronized (this) {
      left =
          failedAt
              .map(time -> COOL_DOWN.minusNanos(System.nanoTime() - time))
              .orElse(Duration.ZERO);
    }
    if (left.isNegative() || left.isZero()) {
      return;
    }
    LOG.info("Waits {} ms until the NPU has recovered from a failure", left.toMillis());
    try {
      Thread.sleep(left.toMillis());
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot wait for the NPU: interrupted", problem);
    }
  }

  /** Asks the runtime something. */
  <T> T ask(Function<AclLibrary, T> question) {
    return thread.call(() -> question.apply(libraries.acl()));
  }

  /** A device has no takers any more. */
  synchronized void released(NpuDevice former) {
    if (device == former) {
      device = null;
    }
  }

  /** Whether this program started the runtime, and not libtorch_npu before it. */
  boolean owner() {
    return owner;
  }

  AclLibrary acl() {
    return libraries.acl();
  }

  /** Ends the runtime for good; for programs that end themselves right afterwards. */
  public void finish() {
    if (owner) {
      thread.run(() -> check("aclFinalize", acl().aclFinalize()));
    }
    thread.close();
  }

  private void check(String api, int code) {
    check(libraries.acl(), api, code);
  }

  private static void check(AclLibrary acl, String api, int code) {
    if (code != AclError.ACL_SUCCESS.code()) {
      throw failure(acl, api, code);
    }
  }

  private static NpuException failure(AclLibrary acl, String api, int code) {
    return new NpuException(
        new NpuException.Call(api, code, AclError.describe(code), NpuException.Where.NOWHERE),
        recentMessage(acl));
  }

  /** What the runtime says about this thread's last failure; can be read once. */
  static String recentMessage(AclLibrary acl) {
    return Optional.ofNullable(acl.aclGetRecentErrMsg()).orElse("").strip();
  }

  private static boolean start(AclLibrary acl) {
    int code = acl.aclInit(null);
    if (code == AclError.ACL_ERROR_REPEAT_INITIALIZE.code()) {
      recentMessage(acl);
      return false;
    }
    check(acl, "aclInit", code);
    return true;
  }
}
