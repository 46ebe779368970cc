package io.sparkmm.train.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.train.npu.host.NpuAddress;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;

/**
 * Brings the workers of one attempt together with one all-gather of Spark's barrier stage, and one
 * barrier more for a fixed port (each costs about a second): ranks are given out and the port of
 * rank 0 becomes known.
 *
 * <p>Rank order is by host, then NPU, then executor, then partition, so that the workers of a host
 * are neighbours whatever order Spark started them in.
 *
 * <p>Without a fixed port every worker reserves a free one before the exchange and the one of rank
 * 0 counts. The reservation holds until {@link #releasePort}, so nobody else gets the port before
 * rank 0's own server does.
 */
final class Rendezvous implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final WorkerPlace place;
  private final Socket reservation;

  private Rendezvous(WorkerPlace place, Socket reservation) {
    this.place = place;
    this.reservation = reservation;
  }

  /** What a worker tells its peers. */
  record Facts(String host, String executorId, int partition, int port, int cores, Npus npus) {
    /** Number of the worker's NPU on its host, as far as it has one. */
    private int device() {
      return npus.addresses().stream().mapToInt(NpuAddress::physical).min().orElse(-1);
    }
  }

  /**
   * Meets the other workers.
   *
   * @param masterPort the port that rank 0 has to use, if it is fixed
   * @param generation name of this attempt
   * @param npus what Spark gave to this worker
   * @throws LaunchException when the fixed port is taken, the workers' NPUs do not go together, or
   *     the exchange fails or takes longer than {@code spark.barrier.sync.timeout}
   */
  static Rendezvous join(
      BarrierTaskContext context, OptionalInt masterPort, String generation, Npus npus) {
    Socket reservation = null;
    try {
      reservation = masterPort.isPresent() ? null : reserve(0);
      int port = reservation == null ? masterPort.getAsInt() : reservation.getLocalPort();
      Facts own =
          new Facts(
              hostOf(context.getTaskInfos()[context.partitionId()].address()),
              SparkEnv.get().executorId(),
              context.partitionId(),
              port,
              context.cpus(),
              npus);
      List<Facts> all = exchange(context, own);
      NpuRules.check(all);
      WorkerPlace place = place(all, context.partitionId(), generation);
      if (place.rank() == 0 && masterPort.isPresent()) {
        reservation = reserve(masterPort.getAsInt());
      } else if (place.rank() != 0 && reservation != null) {
        reservation.close();
        reservation = null;
      }
      if (masterPort.isPresent()) {
        // Nobody connects before rank 0 has the port: a stranger may be listening there.
        context.barrier();
      }
      return new Rendezvous(place, reservation);
    } catch (IOException e) {
      closeQuietly(reservation, e);
      throw new LaunchException(
          LaunchException.Kind.RENDEZVOUS, "Cannot find the other workers: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      closeQuietly(reservation, e);
      throw e;
    }
  }

  /** Where this worker stands. */
  WorkerPlace place() {
    return place;
  }

  /** Frees the reserved port; called directly before rank 0's server opens it. */
  void releasePort() {
    close();
  }

  @Override
  public void close() {
    if (reservation != null) {
      try {
        reservation.close();
      } catch (IOException e) {
        throw new LaunchException(
            LaunchException.Kind.RENDEZVOUS,
            "Cannot release port " + place.masterPort() + ": " + e.getMessage(),
            e);
      }
    }
  }

  /** Gives out ranks and finds the place of one partition. */
  static WorkerPlace place(List<Facts> all, int partition, String generation) {
    List<Facts> order = new ArrayList<>(all);
    order.sort(
        Comparator.comparing(Facts::host)
            .thenComparingInt(Facts::device)
            .thenComparingInt(facts -> facts.executorId().length())
            .thenComparing(Facts::executorId)
            .thenComparingInt(Facts::partition));
    int rank = 0;
    while (order.get(rank).partition() != partition) {
      rank++;
    }
    Facts own = order.get(rank);
    int localRank = 0;
    int localWorldSize = 0;
    for (int i = 0; i < order.size(); i++) {
      if (order.get(i).host().equals(own.host())) {
        localWorldSize++;
        localRank += i < rank ? 1 : 0;
      }
    }
    Facts master = order.get(0);
    return new WorkerPlace(
        rank,
        order.size(),
        localRank,
        localWorldSize,
        own.host(),
        own.executorId(),
        partition,
        own.cores(),
        own.npus().addresses(),
        master.host(),
        master.port(),
        generation);
  }

  /** Host part of {@code host:port}; brackets of an IPv6 address are dropped. */
  static String hostOf(String address) {
    int colon = address.lastIndexOf(':');
    String host = colon < 0 ? address : address.substring(0, colon);
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private static List<Facts> exchange(BarrierTaskContext context, Facts own)
      throws JsonProcessingException {
    String[] texts;
    try {
      texts = context.allGather(JSON.writeValueAsString(own));
    } catch (RuntimeException e) {
      // Spark's way to end a task.
      throw e;
    } catch (Exception e) {
      // Scala declares nothing: a failed exchange arrives as whatever Spark raised.
      throw new LaunchException(
          LaunchException.Kind.RENDEZVOUS,
          "Cannot meet the other workers (spark.barrier.sync.timeout): " + e.getMessage(),
          e);
    }
    List<Facts> all = new ArrayList<>();
    for (String text : texts) {
      all.add(JSON.readValue(text, Facts.class));
    }
    return all;
  }

  private static Socket reserve(int port) throws IOException {
    // Bound but not listening: a peer that is early is refused and tries again, instead of being
    // accepted and dropped.
    Socket socket = new Socket();
    try {
      // Connections of an earlier run that are still winding down do not count.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(port));
      return socket;
    } catch (BindException e) {
      socket.close();
      throw new LaunchException(
          LaunchException.Kind.PORT_BUSY,
          "Cannot listen on port "
              + port
              + ": "
              + e.getMessage()
              + "; choose another --master_port, or leave it out to have a free port picked",
          e);
    }
  }

  private static void closeQuietly(Socket socket, Exception reason) {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        reason.addSuppressed(e);
      }
    }
  }
}
