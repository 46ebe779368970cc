package io.sparkmm.train.npu.meeting;

import io.sparkmm.train.npu.meeting.Link.Kind;
import java.io.DataInput;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rank 0's side of the meeting: takes all workers in, keeps the board, passes questions on and
 * tells everyone when a worker is gone. Stays until the last worker has left.
 */
final class MeetingHub implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MeetingHub.class);
  private static final int ACCEPT_MILLIS = 200;
  private static final int HELLO_MILLIS = 5_000;

  /** How long a question to all waits for answers before it is answered with what is there. */
  private static final long ANSWER_NANOS = 1_500_000_000L;

  private record Waiting(Link link, long id) {}

  /** A question to all under way. */
  private static final class Question {
    private final Waiting asker;
    private final Map<Integer, Positions> answers = new TreeMap<>();
    private final long askedAt = System.nanoTime();

    private Question(Waiting asker) {
      this.asker = asker;
    }
  }

  private final ServerSocket server;
  private final String generation;
  private final int size;
  private final long deadline;
  private final Map<Integer, Link> links = new TreeMap<>();
  private final Map<Integer, Member> members = new TreeMap<>();
  private final Map<String, byte[]> board = new HashMap<>();
  private final Map<String, List<Waiting>> waiting = new HashMap<>();
  private final List<Question> questions = new ArrayList<>();
  private boolean closed;

  MeetingHub(ServerSocket server, String generation, int size, long deadlineNanos) {
    this.server = server;
    this.generation = generation;
    this.size = size;
    this.deadline = deadlineNanos;
    start("sparkmm-meeting", this::host);
  }

  /** Ends the meeting; those who are still there notice a lost connection. */
  @Override
  public void close() {
    List<Link> open;
    synchronized (this) {
      closed = true;
      open = List.copyOf(links.values());
      links.clear();
    }
    open.forEach(Link::close);
    closeServer();
  }

  private void host() {
    try {
      server.setSoTimeout(ACCEPT_MILLIS);
      while (System.nanoTime() < deadline && !complete() && !isClosed()) {
        try {
          Socket socket = server.accept();
          start("sparkmm-meeting-guest", () -> greet(socket));
        } catch (SocketTimeoutException nobody) {
          continue;
        }
      }
      open();
      while (!isClosed()) {
        Thread.sleep(ACCEPT_MILLIS);
        answerOldQuestions();
      }
    } catch (IOException problem) {
      LOG.debug("The meeting ended", problem);
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
    } finally {
      closeServer();
    }
  }

  /** Lets everyone in, or says why not. */
  private synchronized void open() {
    Optional<String> problem = complete() ? Roll.problem(members.values()) : Optional.of(missing());
    for (Link link : List.copyOf(links.values())) {
      if (problem.isPresent()) {
        send(link, Kind.REFUSED, output -> output.writeUTF(problem.get()));
      } else {
        send(link, Kind.WELCOME, Link.Content.NONE);
      }
    }
  }

  private String missing() {
    return "missing "
        + IntStream.range(0, size)
            .filter(rank -> !links.containsKey(rank))
            .mapToObj(rank -> "rank " + rank)
            .collect(Collectors.joining(", "));
  }

  private void greet(Socket socket) {
    try {
      Link link = new Link(socket);
      link.patience(HELLO_MILLIS);
      Link.Message hello = link.receive();
      String attempt = hello.content().readUTF();
      int expected = hello.content().readInt();
      Member member = Member.read(hello.content());
      Optional<String> problem = admit(link, attempt, expected, member);
      if (problem.isPresent()) {
        link.send(Kind.REFUSED, output -> output.writeUTF(problem.get()));
        link.close();
        return;
      }
      link.patience(0);
      listen(link, member.rank());
    } catch (IOException problem) {
      LOG.debug("A connection to the meeting failed", problem);
      try {
        socket.close();
      } catch (IOException alsoBroken) {
        problem.addSuppressed(alsoBroken);
      }
    }
  }

  private synchronized Optional<String> admit(
      Link link, String attempt, int expected, Member member) {
    if (!attempt.equals(generation)) {
      return Optional.of("rank 0 belongs to attempt " + generation + ", not " + attempt);
    }
    if (expected != size || member.rank() < 0 || member.rank() >= size) {
      return Optional.of(
          "rank 0 expects " + size + " workers, not rank " + member.rank() + " of " + expected);
    }
    if (links.containsKey(member.rank())) {
      return Optional.of("another worker already is rank " + member.rank());
    }
    links.put(member.rank(), link);
    members.put(member.rank(), member);
    return Optional.empty();
  }

  private void listen(Link link, int rank) {
    try {
      while (true) {
        Link.Message message = link.receive();
        DataInput content = message.content();
        switch (message.kind()) {
          case PUT -> put(content.readUTF(), readBytes(content));
          case GET -> get(new Waiting(link, content.readLong()), content.readUTF());
          case ASK_ALL -> ask(new Waiting(link, content.readLong()));
          case ANSWER -> answer(rank, Positions.read(content));
          case ABORT ->
              tell(new Departure(rank, false, "it gave up: " + content.readUTF(), new Positions()));
          case BYE -> {
            leave(new Departure(rank, true, "it closed its group", Positions.read(content)));
            link.close();
            return;
          }
          default -> throw new IOException("unexpected message " + message.kind());
        }
      }
    } catch (IOException problem) {
      leave(new Departure(rank, false, "its process is gone", new Positions()));
      link.close();
    }
  }

  private synchronized void put(String key, byte[] value) {
    board.put(key, value);
    List<Waiting> readers = waiting.remove(key);
    if (readers != null) {
      readers.forEach(reader -> sendValue(reader, value));
    }
  }

  private synchronized void get(Waiting reader, String key) {
    byte[] value = board.get(key);
    if (value == null) {
      waiting.computeIfAbsent(key, unused -> new ArrayList<>()).add(reader);
    } else {
      sendValue(reader, value);
    }
  }

  private void sendValue(Waiting reader, byte[] value) {
    send(
        reader.link(),
        Kind.VALUE,
        output -> {
          output.writeLong(reader.id());
          output.writeInt(value.length);
          output.write(value);
        });
  }

  private synchronized void ask(Waiting asker) {
    questions.add(new Question(asker));
    links.values().forEach(link -> send(link, Kind.ASK, Link.Content.NONE));
  }

  private synchronized void answer(int rank, Positions positions) {
    questions.forEach(question -> question.answers.put(rank, positions));
    questions.stream()
        .filter(question -> question.answers.keySet().containsAll(links.keySet()))
        .toList()
        .forEach(this::report);
  }

  private synchronized void answerOldQuestions() {
    long now = System.nanoTime();
    questions.stream()
        .filter(question -> now - question.askedAt > ANSWER_NANOS)
        .toList()
        .forEach(this::report);
  }

  private void report(Question question) {
    questions.remove(question);
    send(
        question.asker.link(),
        Kind.REPORT,
        output -> {
          output.writeLong(question.asker.id());
          output.writeInt(question.answers.size());
          for (Map.Entry<Integer, Positions> answer : question.answers.entrySet()) {
            output.writeInt(answer.getKey());
            answer.getValue().write(output);
          }
        });
  }

  private synchronized void leave(Departure departure) {
    if (links.remove(departure.rank()) != null) {
      tell(departure);
    }
    if (links.isEmpty() && complete()) {
      closed = true;
    }
  }

  private synchronized void tell(Departure departure) {
    links.forEach(
        (rank, link) -> {
          if (rank != departure.rank()) {
            send(link, Kind.GONE, departure::write);
          }
        });
  }

  private static void send(Link link, Kind kind, Link.Content content) {
    try {
      link.send(kind, content);
    } catch (IOException gone) {
      // Its listener notices that, too.
      LOG.debug("A worker of the meeting cannot be reached", gone);
    }
  }

  private synchronized boolean complete() {
    return members.size() == size;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void closeServer() {
    try {
      server.close();
    } catch (IOException problem) {
      LOG.debug("The meeting's port did not close", problem);
    }
  }

  private static byte[] readBytes(DataInput content) throws IOException {
    byte[] bytes = new byte[content.readInt()];
    content.readFully(bytes);
    return bytes;
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }
}
