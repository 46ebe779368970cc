package io.sparkmm.train.npu;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import io.sparkmm.train.comm.CollectiveException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A communicator of HCCL with the one stream that its operations use: on two streams they could
 * overlap, and share buffers.
 *
 * <p>Waiting for one operation is done on a second stream, which the operation's event holds up, so
 * that later operations of the communicator are not waited for.
 */
final class HcclCommunicator {
  private static final Logger LOG = LoggerFactory.getLogger(HcclCommunicator.class);
  private static final Duration SLICE = Duration.ofMillis(100);
  private static final Duration GRACE = Duration.ofSeconds(3);
  private static final int NAME_BYTES = 128;
  private static final long NO_SUBGROUP = 0xffffffffL;

  private final HcclSession session;
  private final Membership members;
  private final Pointer handle;
  private final String name;
  private final Pointer stream;
  private final Pointer waiter;

  /** A call that submits an operation. */
  @FunctionalInterface
  interface Submission {
    int submit(HcclLibrary hccl, Pointer communicator, Pointer stream);
  }

  private HcclCommunicator(HcclSession session, Membership members, Pointer handle) {
    this.session = session;
    this.members = members;
    this.handle = handle;
    name = readName();
    requireMembership();
    stream = session.device().createStream();
    waiter = session.device().createStream();
  }

  /** Joins a communicator whose first rank makes the record by which the others find it. */
  static HcclCommunicator byRootInfo(HcclSession session, Membership members) {
    String key = "root info of " + members.path();
    if (members.rank() == 0) {
      session.meeting().put(key, session.device().thread().call(() -> makeRoot(session)).toBytes());
    }
    RootInfo root = RootInfo.of(session.meeting().get(key, session.settings().timeout()));
    return join(
        session,
        members,
        "HcclCommInitRootInfo",
        comm -> {
          Memory bytes = root.toMemory();
          return session.hccl().HcclCommInitRootInfo(members.size(), bytes, members.rank(), comm);
        });
  }

  /** Joins the communicator of all workers that a file describes. */
  static HcclCommunicator byRankTable(HcclSession session, Membership members, Path file) {
    return join(
        session,
        members,
        "HcclCommInitClusterInfo",
        comm -> session.hccl().HcclCommInitClusterInfo(file.toString(), members.rank(), comm));
  }

  /**
   * Joins a communicator of some of the members of this one, which has all workers. Every worker
   * takes part in that.
   *
   * @param part the group of this worker; of one worker if it needs no communicator
   * @param number stands for the group among all groups that are ever split off
   * @return empty for a group of one
   */
  Optional<HcclCommunicator> subgroup(Membership part, long number) {
    byte[] config = CommConfig.named("").toBytes();
    Memory configBytes = new Memory(config.length);
    configBytes.write(0, config, 0, config.length);
    PointerByReference global = new PointerByReference(handle);
    if (part.size() == 1) {
      CompletableFuture<Integer> call =
          session
              .device()
              .thread()
              .submit(
                  "HcclCreateSubCommConfig",
                  () ->
                      session
                          .hccl()
                          .HcclCreateSubCommConfig(
                              global,
                              0,
                              null,
                              NO_SUBGROUP,
                              0,
                              configBytes,
                              new PointerByReference()));
      await(session, part, "HcclCreateSubCommConfig", call);
      session.device().thread().run(() -> check("HcclCreateSubCommConfig", call.join()));
      return Optional.empty();
    }
    Memory ranks = new Memory(4L * part.size());
    ranks.write(0, part.workers(), 0, part.size());
    return Optional.of(
        join(
            session,
            part,
            "HcclCreateSubCommConfig",
            comm ->
                session
                    .hccl()
                    .HcclCreateSubCommConfig(
                        global, part.size(), ranks, number, part.rank(), configBytes, comm)));
  }

  /** Name of the communicator in the library's logs. */
  String name() {
    return name;
  }

  /** Submits an operation; on the runtime's thread. Returns an event that is over when it is. */
  Pointer submit(String api, Submission submission) {
    check(api, submission.submit(session.hccl(), handle, stream));
    return session.device().recordEvent(stream);
  }

  /** Lets {@link #finished} wait for an event; on the runtime's thread. */
  void await(Pointer event) {
    session.device().await(waiter, event);
  }

  /** Whether all awaited events are over, waiting a while for that; on the runtime's thread. */
  boolean finished(Duration slice) {
    return session.device().synchronize(waiter, slice);
  }

  /** Fails if the network has reported an error; on the runtime's thread. */
  void checkNetwork() {
    if (!session.device().runtime().libraries().has("HcclGetCommAsyncError")) {
      return;
    }
    IntByReference result = new IntByReference();
    int code = session.hccl().HcclGetCommAsyncError(handle, result);
    if (code == HcclResult.HCCL_E_NOT_SUPPORT.code()) {
      NpuRuntime.recentMessage(session.device().runtime().acl());
      return;
    }
    check("HcclGetCommAsyncError", code);
    check("HcclGetCommAsyncError", result.getValue());
  }

  /**
   * Frees the communicator and its streams, on the runtime's thread. Work that does not end soon
   * keeps them, and the device cannot be used by this process any more.
   *
   * @param underWay operations whose results were not taken
   */
  void destroy(List<HcclOperation> underWay) {
    if (!session.device().synchronize(stream, GRACE)) {
      session
          .device()
          .runtime()
          .giveUp(
              "Work of communicator " + name + " on npu:" + session.device().index() + " hangs");
      return;
    }
    underWay.stream().filter(operation -> !operation.over()).forEach(HcclOperation::discard);
    int code = session.hccl().HcclCommDestroy(handle);
    for (long waited = 0;
        code == HcclResult.HCCL_E_AGAIN.code() && waited < GRACE.toMillis();
        waited += SLICE.toMillis()) {
      NpuRuntime.recentMessage(session.device().runtime().acl());
      pause();
      code = session.hccl().HcclCommDestroy(handle);
    }
    if (code != HcclResult.HCCL_SUCCESS.code()) {
      LOG.warn("{}", failure("HcclCommDestroy", code).getMessage());
    }
    session.device().destroyStream(waiter);
    session.device().destroyStream(stream);
  }

  private static RootInfo makeRoot(HcclSession session) {
    Memory memory = new Memory(RootInfo.BYTES);
    memory.clear();
    check(session, "", "HcclGetRootInfo", session.hccl().HcclGetRootInfo(memory));
    return RootInfo.of(memory);
  }

  /** Joins with a call that returns when all members have come. */
  private static HcclCommunicator join(
      HcclSession session, Membership members, String api, Joining joining) {
    session.meeting().started(members.path(), 1, api);
    Callable<HcclCommunicator> work =
        () -> {
          PointerByReference comm = new PointerByReference();
          check(session, "", api, joining.join(comm));
          return new HcclCommunicator(session, members, comm.getValue());
        };
    CompletableFuture<HcclCommunicator> call = session.device().thread().submit(api, work);
    await(session, members, api, call);
    return call.join();
  }

  @FunctionalInterface
  private interface Joining {
    int join(PointerByReference communicator);
  }

  /** Waits for a call in native code, which nothing can interrupt. */
  private static void await(
      HcclSession session, Membership members, String api, CompletableFuture<?> call) {
    long deadline = System.nanoTime() + session.settings().timeout().toNanos();
    try {
      while (!NpuThread.finished(call, SLICE)) {
        Optional<String> problem =
            session.aborted()
                ? Optional.of("the group was aborted")
                : session.meeting().lost(members.path(), 1, members.workers());
        if (problem.isEmpty() && System.nanoTime() > deadline) {
          problem = Optional.of(session.meeting().late(members.path(), 1, members.workers()));
        }
        if (problem.isPresent()) {
          session.device().runtime().giveUp(api + " has not returned");
          throw new CollectiveException(describe(session, members, problem.get()));
        }
      }
    } catch (NpuException problem) {
      if (problem.ofPeer()) {
        throw new CollectiveException(
            describe(
                session,
                members,
                problem.getMessage()
                    + "; "
                    + session.meeting().late(members.path(), 1, members.workers())),
            problem);
      }
      throw problem;
    }
  }

  private static String describe(HcclSession session, Membership members, String problem) {
    return String.format(
        "Cannot connect the group on rank %d of %d (hccl, timeout %d ms): %s",
        members.rank(), members.size(), session.settings().timeout().toMillis(), problem);
  }

  private String readName() {
    Memory bytes = new Memory(NAME_BYTES);
    bytes.clear();
    check(session, "", "HcclGetCommName", session.hccl().HcclGetCommName(handle, bytes));
    return bytes.getString(0, StandardCharsets.UTF_8.name());
  }

  private void requireMembership() {
    IntByReference rank = new IntByReference();
    IntByReference size = new IntByReference();
    check("HcclGetRankId", session.hccl().HcclGetRankId(handle, rank));
    check("HcclGetRankSize", session.hccl().HcclGetRankSize(handle, size));
    if (rank.getValue() != members.rank() || size.getValue() != members.size()) {
      throw new IllegalStateException(
          String.format(
              "Cannot use communicator %s: it has this worker as rank %d of %d, not %d of %d",
              name, rank.getValue(), size.getValue(), members.rank(), members.size()));
    }
  }

  private void check(String api, int code) {
    if (code != HcclResult.HCCL_SUCCESS.code()) {
      throw failure(api, code);
    }
  }

  private NpuException failure(String api, int code) {
    return failure(session, name, api, code);
  }

  private static void check(HcclSession session, String name, String api, int code) {
    if (code != HcclResult.HCCL_SUCCESS.code()) {
      throw failure(session, name, api, code);
    }
  }

  private static NpuException failure(HcclSession session, String name, String api, int code) {
    return new NpuException(
        new NpuException.Call(
            api,
            code,
            HcclResult.describe(code),
            new NpuException.Where(session.settings().rank(), session.device().index(), name)),
        NpuRuntime.recentMessage(session.device().runtime().acl()));
  }

  private static void pause() {
    try {
      Thread.sleep(SLICE.toMillis());
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
    }
  }
}
