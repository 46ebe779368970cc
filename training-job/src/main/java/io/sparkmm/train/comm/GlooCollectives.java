package io.sparkmm.train.comm;

import io.sparkmm.train.comm.shared.SharedMeeting;
import io.sparkmm.train.comm.shared.SharedMemoryException;
import io.sparkmm.train.comm.shared.SharedMemoryGroup;
import io.sparkmm.train.comm.shared.SharedMemorySettings;
import io.sparkmm.train.memory.TensorScope;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A group of libtorch's Gloo, which meets through a key-value store on rank 0. Tensors are in host
 * memory. They travel through TCP, or, if all ranks of the group are on one host, through memory
 * that the ranks share. For a given group size every reduction adds in a fixed order, the same on
 * both ways, so equal inputs give equal bits.
 */
public final class GlooCollectives implements Collectives {
  private static final Logger LOG = LoggerFactory.getLogger(GlooCollectives.class);

  private final GlooRendezvous rendezvous;
  private final String path;
  private final int rank;
  private final int size;
  private final SharedMemorySettings settings;
  private final GlooSockets sockets;
  private final SharedMeeting.Outcome meeting;
  private final Optional<SharedMemoryGroup> shared;
  private int splits;

  private GlooCollectives(
      GlooRendezvous rendezvous, String path, int rank, int size, SharedMemorySettings settings) {
    this.rendezvous = rendezvous;
    this.path = path;
    this.rank = rank;
    this.size = size;
    this.settings = settings;
    boolean whole = path.indexOf('/') < 0;
    sockets = new GlooSockets(rendezvous, path, rank, size, whole);
    meeting = SharedMeeting.meet(rank, rendezvous.timeout(), settings, this::gatherTexts);
    shared = meeting.group();
    if (rank == 0) {
      LOG.info("{} ranks of {} exchange tensors over {}", size, path, transport());
    }
  }

  /**
   * Joins the group of the settings; waits for all its workers. The environment may forbid shared
   * memory: {@link SharedMemorySettings#VARIABLE}.
   *
   * @throws CollectiveException if that takes longer than the timeout, or the port is taken
   */
  public static GlooCollectives connect(CollectivesSettings settings) {
    return connect(settings, SharedMemorySettings.of(System.getenv()));
  }

  /**
   * Joins the group of the settings; waits for all its workers.
   *
   * @param memory whether this rank can share memory; all do if all can
   * @throws CollectiveException if that takes longer than the timeout, or the port is taken
   */
  public static GlooCollectives connect(CollectivesSettings settings, SharedMemorySettings memory) {
    GlooRendezvous rendezvous = GlooRendezvous.open(settings);
    try {
      return new GlooCollectives(
          rendezvous,
          "generation-" + settings.generation().replace('/', '-'),
          settings.rank(),
          settings.size(),
          memory);
    } catch (RuntimeException problem) {
      rendezvous.close();
      throw problem;
    }
  }

  @Override
  public String backend() {
    return "gloo";
  }

  @Override
  public String transport() {
    return shared
        .map(group -> String.format("shared memory (%d KiB)", group.bytes() >> 10))
        .orElseGet(() -> "sockets (" + meeting.reason() + ")");
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Pending allGather(Tensor output, Tensor input) {
    Shapes.requireGather(output, input, size);
    return shared.isPresent()
        ? share("all-gather", () -> shared.get().allGather(output, input))
        : sockets.allGather(output, input);
  }

  @Override
  public Pending reduceScatter(Tensor output, Tensor input, Reduction reduction) {
    Shapes.requireScatter(output, input, size);
    return shared.isPresent()
        ? share("reduce-scatter", () -> shared.get().reduceScatter(output, input, reduction))
        : sockets.reduceScatter(output, input, reduction);
  }

  @Override
  public Pending allReduce(Tensor tensor, Reduction reduction) {
    Shapes.requireContiguous("all-reduce", tensor);
    return shared.isPresent() && shared.get().canAllReduce(tensor, reduction)
        ? share("all-reduce", () -> shared.get().allReduce(tensor, reduction))
        : sockets.allReduce(tensor, reduction);
  }

  @Override
  public Pending broadcast(Tensor tensor, int root) {
    Shapes.requireContiguous("broadcast", tensor);
    Shapes.requireRank("broadcast from", root, size);
    return shared.isPresent()
        ? share("broadcast", () -> shared.get().broadcast(tensor, root))
        : sockets.broadcast(tensor, root);
  }

  @Override
  public void barrier(Duration timeout) {
    sockets.barrier(timeout);
  }

  @Override
  public Collectives split(List<int[]> groups, String name) {
    int[] members = groups.get(Subgroups.memberOf(groups, size, rank));
    // The store keeps the addresses of every group that ever met: one that is split off later under
    // the same name must not find them. All ranks split in the same order, so they count alike.
    int number = splits++;
    if (members.length == 1) {
      return new LocalCollectives();
    }
    return new GlooCollectives(
        rendezvous,
        path + "/" + number + "-" + name + "-" + members[0],
        Subgroups.positionIn(members, rank),
        members.length,
        settings);
  }

  @Override
  public void abort() {
    sockets.abort();
    shared.ifPresent(SharedMemoryGroup::abort);
  }

  @Override
  public void close() {
    shared.ifPresent(SharedMemoryGroup::close);
    sockets.close();
  }

  private Pending share(String operation, Supplier<Pending> start) {
    sockets.requireOpen(operation);
    try {
      Pending pending = start.get();
      return () -> {
        try {
          pending.await();
        } catch (SharedMemoryException problem) {
          sockets.requireNotAborted(operation);
          throw sockets.failure(operation, problem);
        }
      };
    } catch (SharedMemoryException problem) {
      throw sockets.failure(operation, problem);
    }
  }

  /** Exchanges short texts of ASCII characters. */
  private List<String> gatherTexts(String own) {
    int length = SharedMeeting.LONGEST_TEXT;
    byte[] mine = Arrays.copyOf(own.getBytes(StandardCharsets.US_ASCII), length);
    try (TensorScope scope = TensorScope.open()) {
      TensorOptions options = new TensorOptions(ScalarType.Byte);
      Tensor input = torch.zeros(new long[] {length}, options);
      new BytePointer(input.data_ptr()).put(mine);
      Tensor output = torch.zeros(new long[] {(long) length * size}, options);
      sockets.allGather(output, input).await();
      byte[] all = new byte[length * size];
      new BytePointer(output.data_ptr()).get(all);
      List<String> texts = new ArrayList<>();
      for (int other = 0; other < size; other++) {
        String text = new String(all, other * length, length, StandardCharsets.US_ASCII);
        int end = text.indexOf('\0');
        texts.add(end < 0 ? text : text.substring(0, end));
      }
      return texts;
    }
  }
}
