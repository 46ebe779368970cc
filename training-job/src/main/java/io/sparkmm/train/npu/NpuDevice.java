package io.sparkmm.train.npu;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One device: memory, streams and events. Methods may be called from any thread unless they say
 * otherwise; the work is done by the runtime's thread.
 */
public final class NpuDevice implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NpuDevice.class);

  /** How long to leave a card alone that its former process has not given up yet. */
  private static final List<Duration> COOL_DOWNS =
      List.of(Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(40));

  private static final int PREFER_HUGE_PAGES = 0;
  private static final int HOST_TO_DEVICE = 1;
  private static final int DEVICE_TO_HOST = 2;
  private static final int DEVICE_MEMORY = 1;

  private final NpuRuntime runtime;
  private final NpuThread thread;
  private final int index;
  private int takers;

  NpuDevice(NpuRuntime runtime, NpuThread thread, int index) {
    this.runtime = runtime;
    this.thread = thread;
    this.index = index;
    choose(COOL_DOWNS);
  }

  /** Number of the device among those that this process sees. */
  public int index() {
    return index;
  }

  /** Free and total bytes of the device's memory. */
  public Memory memory() {
    return thread.call(
        () -> {
          LongByReference free = new LongByReference();
          LongByReference total = new LongByReference();
          check("aclrtGetMemInfo", acl().aclrtGetMemInfo(DEVICE_MEMORY, free, total));
          return new Memory(free.getValue(), total.getValue());
        });
  }

  /**
   * Memory of a device.
   *
   * @param freeBytes bytes that nobody uses
   * @param totalBytes all bytes
   */
  public record Memory(long freeBytes, long totalBytes) {}

  /** Gives the device up; after the last of its takers it can be used by another process. */
  @Override
  public void close() {
    synchronized (this) {
      takers--;
      if (takers > 0) {
        return;
      }
    }
    runtime.released(this);
    if (runtime.unusable().isEmpty() && runtime.owner()) {
      // Where libtorch_npu started the runtime its tensors may still be on the device.
      thread.run(() -> check("aclrtResetDevice", acl().aclrtResetDevice(index)));
    }
  }

  synchronized void join() {
    takers++;
  }

  NpuRuntime runtime() {
    return runtime;
  }

  NpuThread thread() {
    return thread;
  }

  /** Takes device memory; on the runtime's thread. */
  Pointer allocate(long bytes) {
    PointerByReference address = new PointerByReference();
    check("aclrtMalloc", acl().aclrtMalloc(address, bytes, PREFER_HUGE_PAGES));
    return address.getValue();
  }

  /** Frees device memory that no work uses; on the runtime's thread. */
  void free(Pointer address) {
    check("aclrtFree", acl().aclrtFree(address));
  }

  /** Copies host memory to the device; on the runtime's thread. */
  void copyIn(Pointer device, long capacity, Pointer host, long bytes) {
    check("aclrtMemcpy", acl().aclrtMemcpy(device, capacity, host, bytes, HOST_TO_DEVICE));
  }

  /** Copies device memory to the host; on the runtime's thread. */
  void copyOut(Pointer host, Pointer device, long bytes) {
    check("aclrtMemcpy", acl().aclrtMemcpy(host, bytes, device, bytes, DEVICE_TO_HOST));
  }

  /** Makes a stream; on the runtime's thread. */
  Pointer createStream() {
    PointerByReference stream = new PointerByReference();
    check("aclrtCreateStream", acl().aclrtCreateStream(stream));
    return stream.getValue();
  }

  /** Frees a stream without work; on the runtime's thread. */
  void destroyStream(Pointer stream) {
    check("aclrtDestroyStream", acl().aclrtDestroyStream(stream));
  }

  /** Waits for a stream; false if its work goes on after that time. On the runtime's thread. */
  boolean synchronize(Pointer stream, Duration limit) {
    int code = acl().aclrtSynchronizeStreamWithTimeout(stream, Math.toIntExact(limit.toMillis()));
    if (code == AclError.ACL_ERROR_RT_STREAM_SYNC_TIMEOUT.code()) {
      // Messages stay until they are read, and would be taken for those of a later failure.
      NpuRuntime.recentMessage(acl());
      return false;
    }
    check("aclrtSynchronizeStreamWithTimeout", code);
    return true;
  }

  /** Makes an event that is over when a stream's present work is; on the runtime's thread. */
  Pointer recordEvent(Pointer stream) {
    PointerByReference event = new PointerByReference();
    check("aclrtCreateEvent", acl().aclrtCreateEvent(event));
    check("aclrtRecordEvent", acl().aclrtRecordEvent(event.getValue(), stream));
    return event.getValue();
  }

  /** Lets a stream's further work wait for an event; on the runtime's thread. */
  void await(Pointer stream, Pointer event) {
    check("aclrtStreamWaitEvent", acl().aclrtStreamWaitEvent(stream, event));
  }

  /** Frees an event; on the runtime's thread. */
  void destroyEvent(Pointer event) {
    check("aclrtDestroyEvent", acl().aclrtDestroyEvent(event));
  }

  private AclLibrary acl() {
    return runtime.acl();
  }

  private void check(String api, int code) {
    if (code != AclError.ACL_SUCCESS.code()) {
      throw new NpuException(
          new NpuException.Call(
              api, code, AclError.describe(code), new NpuException.Where(-1, index, "")),
          NpuRuntime.recentMessage(acl()));
    }
  }

  /** Makes the device the thread's own; a card that is still held gets time to become free. */
  private void choose(List<Duration> coolDowns) {
    for (Duration coolDown : coolDowns) {
      try {
        thread.run(() -> check("aclrtSetDevice", acl().aclrtSetDevice(index)));
        return;
      } catch (NpuException problem) {
        if (!held(problem)) {
          throw problem;
        }
        LOG.warn("{}; tries again in {} s", problem.getMessage(), coolDown.toSeconds());
        sleep(coolDown);
      }
    }
    thread.run(() -> check("aclrtSetDevice", acl().aclrtSetDevice(index)));
  }

  private static boolean held(NpuException problem) {
    return problem.code() == AclError.ACL_ERROR_RT_DEV_SETUP_ERROR.code()
        || problem.recentMessage().contains("EJ0001");
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot wait for the card: interrupted", problem);
    }
  }
}
