package io.sparkmm.train.npu.meeting;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.CollectivesSettings;
import io.sparkmm.train.npu.meeting.Link.Kind;
import io.sparkmm.train.npu.meeting.Positions.Position;
import java.io.DataInput;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A worker's connection to the others of its group, beside the one on which tensors travel: they
 * come together at rank 0, pass small records on, learn at once when one of them is gone, and can
 * ask who is late. It stays open as long as the group.
 */
public final class Meeting implements AutoCloseable {
  private static final Duration RETRY = Duration.ofMillis(100);

  /** How much longer than rank 0 a worker waits, which knows better who is missing. */
  private static final long MARGIN_NANOS = 2_000_000_000L;

  private static final long REPORT_MILLIS = 3_000;

  private final CollectivesSettings settings;
  private final Optional<MeetingHub> hub;
  private final Link link;
  private final Positions own = new Positions();
  private final Map<Integer, Departure> departures = new ConcurrentHashMap<>();
  private final Map<Long, CompletableFuture<byte[]>> values = new ConcurrentHashMap<>();
  private final Map<Long, CompletableFuture<Map<Integer, Positions>>> reports =
      new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private volatile boolean closed;
  private volatile String broken = "";

  private Meeting(CollectivesSettings settings, Optional<MeetingHub> hub, Link link) {
    this.settings = settings;
    this.hub = hub;
    this.link = link;
    Thread thread = new Thread(this::listen, "sparkmm-meeting-" + settings.rank());
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Comes to the meeting and waits for the others.
   *
   * @throws CollectiveException if some do not come in time, the members do not fit together, or
   *     rank 0 cannot listen on the port; says which ranks and why
   */
  public static Meeting join(CollectivesSettings settings, Member self) {
    long deadline = System.nanoTime() + settings.timeout().toNanos();
    Optional<MeetingHub> hub =
        settings.rank() == 0 ? Optional.of(open(settings, deadline)) : Optional.empty();
    try {
      Link link = connect(settings, deadline);
      link.send(
          Kind.HELLO,
          output -> {
            output.writeUTF(settings.generation());
            output.writeInt(settings.size());
            self.write(output);
          });
      long left = deadline + MARGIN_NANOS - System.nanoTime();
      link.patience(Math.toIntExact(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left))));
      Link.Message answer = link.receive();
      if (answer.kind() == Kind.REFUSED) {
        link.close();
        throw CollectiveException.noMeeting(settings, answer.content().readUTF(), null);
      }
      link.patience(0);
      return new Meeting(settings, hub, link);
    } catch (IOException problem) {
      hub.ifPresent(MeetingHub::close);
      throw CollectiveException.noMeeting(
          settings, "rank 0 does not answer (" + problem.getMessage() + ")", problem);
    } catch (RuntimeException problem) {
      hub.ifPresent(MeetingHub::close);
      throw problem;
    }
  }

  /** Leaves a record for the others. */
  public void put(String key, byte[] value) {
    send(
        Kind.PUT,
        output -> {
          output.writeUTF(key);
          output.writeInt(value.length);
          output.write(value);
        });
  }

  /**
   * Waits for a record.
   *
   * @throws CollectiveException if it does not come in time, or a worker is gone
   */
  public byte[] get(String key, Duration limit) {
    long id = ids.incrementAndGet();
    CompletableFuture<byte[]> value = new CompletableFuture<>();
    values.put(id, value);
    send(
        Kind.GET,
        output -> {
          output.writeLong(id);
          output.writeUTF(key);
        });
    long deadline = System.nanoTime() + limit.toNanos();
    try {
      while (true) {
        try {
          return value.get(RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException waits) {
          Optional<String> trouble = trouble();
          if (trouble.isPresent() || System.nanoTime() > deadline) {
            throw new CollectiveException(
                String.format(
                    "Cannot get %s on rank %d of %d: %s",
                    key,
                    settings.rank(),
                    settings.size(),
                    trouble.orElse("it did not come within " + limit.toMillis() + " ms")));
          }
        }
      }
    } catch (ExecutionException | InterruptedException problem) {
      throw new CollectiveException("Cannot get " + key + ": interrupted", problem);
    } finally {
      values.remove(id);
    }
  }

  /** Notes that this worker has started operation {@code number} of a group, counted from 1. */
  public void started(String group, long number, String operation) {
    own.set(group, new Position(number, operation));
  }

  /**
   * Why operation {@code number} of a group can never be done: one of its ranks is gone and had not
   * come that far, or gave up. Empty while there is hope.
   */
  public Optional<String> lost(String group, long number, int[] ranks) {
    for (int rank : ranks) {
      Departure departure = departures.get(rank);
      if (departure != null
          && !(departure.orderly() && departure.positions().of(group).number() >= number)) {
        return Optional.of("rank " + rank + " is gone: " + departure.reason());
      }
    }
    // Who hosted the meeting may leave like everybody else.
    boolean hostLeft = departures.containsKey(0) && departures.get(0).orderly();
    return broken.isEmpty() || closed || hostLeft ? Optional.empty() : Optional.of(broken);
  }

  /**
   * Who has not come as far as operation {@code number} of a group, in words. Asks the others, and
   * waits some seconds for them at most.
   */
  public String late(String group, long number, int[] ranks) {
    Map<Integer, Positions> answers = askAll();
    List<String> late = new ArrayList<>();
    for (int rank : ranks) {
      Positions positions = rank == settings.rank() ? own : answers.get(rank);
      if (departures.containsKey(rank)) {
        late.add("rank " + rank + " is gone: " + departures.get(rank).reason());
      } else if (positions == null) {
        late.add("rank " + rank + " does not answer");
      } else if (positions.of(group).number() < number) {
        Position position = positions.of(group);
        late.add(
            String.format(
                "rank %d has not come to it (its last one here was number %d: %s)",
                rank, position.number(), position.operation()));
      }
    }
    return late.isEmpty() ? "all ranks have started it" : String.join("; ", late);
  }

  /** Tells the others that this worker gives up. Never throws. */
  public void giveUp(String reason) {
    try {
      link.send(Kind.ABORT, output -> output.writeUTF(reason));
    } catch (IOException gone) {
      broken = "the connection to rank 0 broke";
    }
  }

  /** Leaves in order. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      link.send(Kind.BYE, own::write);
      if (hub.isEmpty()) {
        link.close();
      }
    } catch (IOException gone) {
      link.close();
    }
  }

  private void listen() {
    try {
      while (true) {
        Link.Message message = link.receive();
        DataInput content = message.content();
        switch (message.kind()) {
          case VALUE -> {
            long id = content.readLong();
            byte[] bytes = new byte[content.readInt()];
            content.readFully(bytes);
            Optional.ofNullable(values.get(id)).ifPresent(value -> value.complete(bytes));
          }
          case ASK -> link.send(Kind.ANSWER, own::write);
          case REPORT -> takeReport(content);
          case GONE -> {
            Departure departure = Departure.read(content);
            departures.putIfAbsent(departure.rank(), departure);
          }
          default -> throw new IOException("unexpected message " + message.kind());
        }
      }
    } catch (IOException problem) {
      broken = "rank 0 is gone: its process has ended or its group was closed";
      link.close();
    }
  }

  private void takeReport(DataInput content) throws IOException {
    long id = content.readLong();
    Map<Integer, Positions> positions = new TreeMap<>();
    for (int left = content.readInt(); left > 0; left--) {
      positions.put(content.readInt(), Positions.read(content));
    }
    Optional.ofNullable(reports.get(id)).ifPresent(report -> report.complete(positions));
  }

  private Map<Integer, Positions> askAll() {
    long id = ids.incrementAndGet();
    CompletableFuture<Map<Integer, Positions>> report = new CompletableFuture<>();
    reports.put(id, report);
    try {
      link.send(Kind.ASK_ALL, output -> output.writeLong(id));
      return report.get(REPORT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (IOException | TimeoutException | ExecutionException unknown) {
      return Map.of();
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      return Map.of();
    } finally {
      reports.remove(id);
    }
  }

  private Optional<String> trouble() {
    return departures.values().stream()
        .filter(departure -> !departure.orderly())
        .findFirst()
        .map(departure -> "rank " + departure.rank() + " is gone: " + departure.reason())
        .or(() -> broken.isEmpty() ? Optional.empty() : Optional.of(broken));
  }

  private void send(Kind kind, Link.Content content) {
    try {
      link.send(kind, content);
    } catch (IOException problem) {
      throw new CollectiveException(
          String.format(
              "Cannot reach rank 0 from rank %d of %d: %s",
              settings.rank(), settings.size(), problem.getMessage()),
          problem);
    }
  }

  private static MeetingHub open(CollectivesSettings settings, long deadline) {
    try {
      ServerSocket server = new ServerSocket();
      try {
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(settings.port()), settings.size() + 8);
        return new MeetingHub(server, settings.generation(), settings.size(), deadline);
      } catch (IOException problem) {
        server.close();
        throw problem;
      }
    } catch (BindException problem) {
      throw CollectiveException.portTaken(settings.host(), settings.port(), problem);
    } catch (IOException problem) {
      throw new CollectiveException(
          "Cannot listen on port " + settings.port() + ": " + problem.getMessage(), problem);
    }
  }

  private static Link connect(CollectivesSettings settings, long deadline) throws IOException {
    InetAddress address = settings.address();
    while (true) {
      Socket socket = new Socket();
      try {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        socket.connect(
            new InetSocketAddress(address, settings.port()),
            (int) Math.max(1, Math.min(left, 5_000)));
        return new Link(socket);
      } catch (ConnectException notYet) {
        socket.close();
        if (System.nanoTime() > deadline) {
          throw notYet;
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(RETRY.toMillis());
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      throw new CollectiveException("Cannot meet: interrupted", problem);
    }
  }
}
