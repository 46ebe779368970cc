package io.sparkmm.train.npu;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;

/**
 * The functions of the ACL runtime ({@code acl/acl.h}, {@code acl/acl_rt.h}) that this program
 * calls, under their C names. Every function that returns {@code int} returns an {@link AclError}
 * code, 0 for success. {@code uint32_t} and enums are {@code int}; {@code size_t} and {@code
 * uint64_t} are {@code long}: 64-bit Linux only.
 */
public interface AclLibrary {
  /** Starts the runtime of this process; {@code null} stands for no configuration file. */
  int aclInit(String configPath);

  /** Ends the runtime; by the caller whose {@link #aclInit} returned 0, once. */
  int aclFinalize();

  /** Number of devices that this process sees. */
  int aclrtGetDeviceCount(IntByReference count);

  /** Makes a device the current one of the calling thread. */
  int aclrtSetDevice(int device);

  /** The current device of the calling thread. */
  int aclrtGetDevice(IntByReference device);

  /** Gives back what {@link #aclrtSetDevice} took. */
  int aclrtResetDevice(int device);

  int aclrtCreateStream(PointerByReference stream);

  int aclrtDestroyStream(Pointer stream);

  /** Waits; a timeout does not cancel the work. */
  int aclrtSynchronizeStreamWithTimeout(Pointer stream, int milliseconds);

  int aclrtCreateEvent(PointerByReference event);

  int aclrtRecordEvent(Pointer event, Pointer stream);

  int aclrtStreamWaitEvent(Pointer stream, Pointer event);

  int aclrtSynchronizeEvent(Pointer event);

  int aclrtDestroyEvent(Pointer event);

  /**
   * Takes device memory with undefined content.
   *
   * @param policy of {@code aclrtMemMallocPolicy}; 0 prefers huge pages
   */
  int aclrtMalloc(PointerByReference address, long bytes, int policy);

  int aclrtFree(Pointer address);

  /**
   * Copies at once, without waiting for any stream.
   *
   * @param kind of {@code aclrtMemcpyKind}: 1 host to device, 2 device to host, 3 device to device
   */
  int aclrtMemcpy(Pointer destination, long destinationBytes, Pointer source, long bytes, int kind);

  int aclrtMemcpyAsync(
      Pointer destination,
      long destinationBytes,
      Pointer source,
      long bytes,
      int kind,
      Pointer stream);

  /** Free and total bytes; attribute 1 is device memory. */
  int aclrtGetMemInfo(int attribute, LongByReference free, LongByReference total);

  /** Name of the chip, for instance {@code Ascend910B3}. */
  String aclrtGetSocName();

  /**
   * Messages of the calling thread's last failure; reading clears them. May be {@code null}: native
   * code has nothing else to say so.
   */
  String aclGetRecentErrMsg();

  /** Version of the interface: major, minor, patch. */
  @OptionalSymbol
  int aclrtGetVersion(IntByReference major, IntByReference minor, IntByReference patch);

  /** Number N of {@code /dev/davinciN} for a device index. */
  @OptionalSymbol
  int aclrtGetPhyDevIdByLogicDevId(int logic, IntByReference physical);

  /** Whether a device works: 0 does, 1 does not. */
  @OptionalSymbol
  int aclrtQueryDeviceStatus(int device, IntByReference status);
}
