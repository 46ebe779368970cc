package io.sparkmm.train.npu;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;

/**
 * The functions of HCCL ({@code hccl/hccl.h}, {@code hccl/hccl_comm.h}) that this program calls,
 * under their C names. Every function that returns {@code int} returns an {@link HcclResult} code.
 * Counts are elements ({@code uint64_t}); element types are {@link HcclDataType} codes, reductions
 * {@link HcclReduceOp} codes. A collective only submits work to the stream.
 */
public interface HcclLibrary {
  /** Makes the record by which ranks meet; only rank 0 calls it, which then must join. */
  int HcclGetRootInfo(Pointer rootInfo);

  /** Joins a communicator; returns when all ranks have joined. */
  int HcclCommInitRootInfo(int ranks, Pointer rootInfo, int rank, PointerByReference comm);

  /** As {@link #HcclCommInitRootInfo}, with a {@link CommConfig}. */
  @OptionalSymbol
  int HcclCommInitRootInfoConfig(
      int ranks, Pointer rootInfo, int rank, Pointer config, PointerByReference comm);

  /** Joins a communicator that a rank table file describes. */
  int HcclCommInitClusterInfo(String rankTablePath, int rank, PointerByReference comm);

  /** As {@link #HcclCommInitClusterInfo}, with a {@link CommConfig}. */
  @OptionalSymbol
  int HcclCommInitClusterInfoConfig(
      String rankTablePath, int rank, Pointer config, PointerByReference comm);

  /**
   * Makes a communicator of some ranks of a global one.
   *
   * @param global address of the variable that holds the global communicator
   * @param rankIds {@code uint32_t} numbers, ascending
   */
  @OptionalSymbol
  int HcclCreateSubCommConfig(
      PointerByReference global,
      int ranks,
      Pointer rankIds,
      long subCommId,
      int subRank,
      Pointer config,
      PointerByReference comm);

  int HcclGetRankSize(Pointer comm, IntByReference size);

  int HcclGetRankId(Pointer comm, IntByReference rank);

  /** Name of a communicator; the buffer holds 128 bytes. */
  int HcclGetCommName(Pointer comm, Pointer name);

  int HcclCommDestroy(Pointer comm);

  /** What went wrong on the network since the start. */
  @OptionalSymbol
  int HcclGetCommAsyncError(Pointer comm, IntByReference result);

  /** Feature k of {@link CommConfig} is usable where k is less than the result. */
  @OptionalSymbol
  int HcclGetCommConfigCapability();

  int HcclAllReduce(
      Pointer send, Pointer receive, long count, int type, int op, Pointer comm, Pointer stream);

  int HcclBroadcast(Pointer buffer, long count, int type, int root, Pointer comm, Pointer stream);

  int HcclAllGather(
      Pointer send, Pointer receive, long sendCount, int type, Pointer comm, Pointer stream);

  int HcclReduceScatter(
      Pointer send,
      Pointer receive,
      long receiveCount,
      int type,
      int op,
      Pointer comm,
      Pointer stream);

  /** Counts are for each peer. */
  int HcclAlltoAll(
      Pointer send,
      long sendCount,
      int sendType,
      Pointer receive,
      long receiveCount,
      int receiveType,
      Pointer comm,
      Pointer stream);

  /** Counts and offsets are arrays of {@code uint64_t} in host memory, in elements. */
  int HcclAlltoAllV(
      Pointer send,
      Pointer sendCounts,
      Pointer sendOffsets,
      int sendType,
      Pointer receive,
      Pointer receiveCounts,
      Pointer receiveOffsets,
      int receiveType,
      Pointer comm,
      Pointer stream);

  /** Holds the stream up, not the host. */
  int HcclBarrier(Pointer comm, Pointer stream);
}
