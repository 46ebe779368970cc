package io.sparkmm.train.comm.shared;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * How ranks find out whether they can share memory, and come to share it: all of them or none. They
 * tell each other through a connection that they have already.
 *
 * <p>Rank 0 makes a file without a name, which the others reach through the list of its open files;
 * so nothing can be left, whatever ends when.
 */
public final class SharedMeeting {
  /** The connection: gives this rank's text, and gets those of all ranks in rank order. */
  public interface Exchange {
    /** Texts have at most {@link #LONGEST_TEXT} characters of ASCII. */
    List<String> gather(String own);
  }

  /**
   * What came of it.
   *
   * @param group the shared memory; empty if the ranks do not share any
   * @param reason why not; the same on every rank
   */
  public record Outcome(Optional<SharedMemoryGroup> group, String reason) {}

  /** Longest text that the ranks exchange. */
  public static final int LONGEST_TEXT = 500;

  private static final String YES = "yes ";
  private static final String NO = "no ";

  private final int rank;
  private final Duration timeout;
  private final SharedMemorySettings settings;
  private final Exchange exchange;

  private SharedMeeting(
      int rank, Duration timeout, SharedMemorySettings settings, Exchange exchange) {
    this.rank = rank;
    this.timeout = timeout;
    this.settings = settings;
    this.exchange = exchange;
  }

  /**
   * Every rank of a group calls it.
   *
   * @param timeout longest wait for another rank in an operation
   */
  public static Outcome meet(
      int rank, Duration timeout, SharedMemorySettings settings, Exchange exchange) {
    return new SharedMeeting(rank, timeout, settings, exchange).meet();
  }

  private Outcome meet() {
    // yes HOST PID STARTED
    List<String> all = exchange.gather(answer(() -> host() + " " + identity()));
    Optional<String> refusal = refusal(all);
    if (refusal.isPresent()) {
      return none(refusal.get());
    }
    List<Identity> identities = new ArrayList<>();
    for (int other = 0; other < all.size(); other++) {
      String[] words = all.get(other).split(" ", -1);
      if (!words[1].equals(all.get(0).split(" ", -1)[1])) {
        return none("rank " + other + " is on another host, or in another container, than rank 0");
      }
      identities.add(new Identity(Long.parseLong(words[2]), Long.parseLong(words[3])));
    }
    return share(
        Layout.of(all.size(), settings.ringBytes(), settings.groupBytes()), new Peers(identities));
  }

  private Outcome share(Layout layout, Peers peers) {
    List<Integer> files = new ArrayList<>();
    List<Segment> segments = new ArrayList<>();
    try {
      // yes FILE NONCE
      String offer =
          exchange.gather(rank == 0 ? answer(() -> make(layout, files, segments)) : YES).get(0);
      Optional<String> refusal = refusal(List.of(offer));
      if (refusal.isPresent()) {
        return none(refusal.get());
      }
      List<String> opened =
          exchange.gather(
              rank == 0 ? YES : answer(() -> open(layout, peers, offer.split(" ", -1), segments)));
      refusal = refusal(opened);
      if (refusal.isPresent()) {
        return none(refusal.get());
      }
      Segment segment = segments.remove(0);
      return new Outcome(
          Optional.of(new SharedMemoryGroup(new SharedChannel(segment, peers, timeout))), "");
    } finally {
      files.forEach(SystemCalls::close);
      segments.forEach(Segment::close);
    }
  }

  private String make(Layout layout, List<Integer> files, List<Segment> segments) {
    int file = SystemCalls.openUnnamed(settings.folder().toString());
    files.add(file);
    SystemCalls.reserve(file, layout.bytes(), settings.folder().toString());
    Segment segment = Segment.of(layout, file);
    segments.add(segment);
    long nonce = UUID.randomUUID().getMostSignificantBits();
    segment.nonce(nonce);
    return file + " " + nonce;
  }

  private String open(Layout layout, Peers peers, String[] offer, List<Segment> segments) {
    String path = "/proc/" + peers.identities().get(0).pid() + "/fd/" + offer[1];
    Segment segment = Segment.open(layout, rank, path);
    segments.add(segment);
    if (segment.nonce() != Long.parseLong(offer[2])) {
      throw new SharedMemoryException("Cannot use " + path + ": it is not what rank 0 made");
    }
    return "";
  }

  /** What this rank says: what it found, or why it cannot. */
  private String answer(Supplier<String> finder) {
    String obstacle = settings.obstacle();
    try {
      obstacle = SystemCalls.obstacle().orElse(obstacle);
      if (obstacle.isEmpty()) {
        return YES + finder.get();
      }
    } catch (SharedMemoryException problem) {
      obstacle = problem.getMessage();
    } catch (LinkageError problem) {
      obstacle = "the C library cannot be called: " + problem;
    }
    return NO + obstacle.substring(0, Math.min(obstacle.length(), LONGEST_TEXT - NO.length()));
  }

  private static Optional<String> refusal(List<String> answers) {
    for (int other = 0; other < answers.size(); other++) {
      if (!answers.get(other).startsWith(YES)) {
        return Optional.of("rank " + other + ": " + answers.get(other).substring(NO.length()));
      }
    }
    return Optional.empty();
  }

  /** Equal for processes that see the same memory and name each other by the same numbers. */
  private static String host() {
    try {
      String boot =
          Files.readString(Path.of("/proc/sys/kernel/random/boot_id"), StandardCharsets.ISO_8859_1);
      Path processes = Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
      return Layout.VERSION + "/" + boot.strip() + "/" + processes;
    } catch (IOException problem) {
      throw new SharedMemoryException("Cannot tell hosts apart: " + problem);
    }
  }

  private static String identity() {
    Identity own = Identity.own();
    return own.pid() + " " + own.started();
  }

  private static Outcome none(String reason) {
    return new Outcome(Optional.empty(), reason);
  }
}
