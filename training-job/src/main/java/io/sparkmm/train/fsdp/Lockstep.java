package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.OrderCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Makes sure that all ranks exchange the same things in the same order, without asking before each
 * exchange.
 *
 * <p>In the first pass the ranks compare what they are about to do before every exchange. From then
 * on the sequence is known, and each rank just follows it. A rank that is about to do something
 * else takes part in the exchange that the others expect, with empty data and a raised flag; the
 * flag makes all ranks compare. So every exchange has the same size on all ranks, nobody waits for
 * a rank that went another way, and a difference ends in one message on every rank. When all ranks
 * leave the sequence for the same thing, they go on comparing and learn the new sequence.
 *
 * <p>Exchanges may be under way while the next ones start. That is safe because every rank looks at
 * the flags in the order of the sequence and before it compares anything: whoever follows sees the
 * flag of the first rank that left, having waited for nothing after it. What is compared contains
 * the place in the sequence, so that ranks which left at different places never agree by chance;
 * and comparing goes through a group of its own, on which nothing else is under way.
 */
final class Lockstep implements AutoCloseable {
  private static final int LONGEST_SEQUENCE = 100_000;
  private static final long PLACE_FACTOR = 0x9e3779b97f4a7c15L;

  /**
   * A point of the sequence.
   *
   * @param standIn takes part in the exchange with empty data and the flag; absent at points where
   *     the ranks always compare
   */
  private record Step(long fingerprint, Optional<Runnable> standIn) {}

  /**
   * A started exchange.
   *
   * @param place number of steps before it in the pass
   */
  record Ticket(long fingerprint, int place, Supplier<String> what) {}

  private final OrderCheck check;
  private final boolean learns;
  private final List<Step> done = new ArrayList<>();
  private List<Step> expected = List.of();
  private boolean following;
  private Supplier<String> remark = () -> "";
  private Runnable drain = () -> {};

  /**
   * Starts without a known sequence.
   *
   * @param learns whether every exchange reaches all ranks, so that its flag does; otherwise the
   *     ranks compare before each exchange
   */
  Lockstep(OrderCheck check, boolean learns) {
    this.check = check;
    this.learns = learns;
  }

  /** Adds something to what this rank tells about itself when ranks differ. */
  void remarkWith(Supplier<String> text) {
    remark = text;
  }

  /** Sets how to wait for all exchanges that are under way, and look at their flags. */
  void drainWith(Runnable action) {
    drain = action;
  }

  /**
   * To be called before an exchange starts.
   *
   * @param standIn does the same exchange with empty data and the flag raised
   * @return to be given back with the flag of the exchange
   */
  Ticket beforeExchange(Exchange exchange, Runnable standIn) {
    long fingerprint = exchange.fingerprint();
    if (!follows(fingerprint)) {
      compare(fingerprint, exchange::describe);
    }
    Ticket ticket = new Ticket(fingerprint, done.size(), exchange::describe);
    record(new Step(fingerprint, Optional.of(standIn)));
    return ticket;
  }

  /** To be called after an exchange, with whether some rank had raised the flag. */
  void afterExchange(boolean flagged, Ticket ticket) {
    if (flagged) {
      ask(ticket.fingerprint(), ticket.place(), ticket.what());
    }
  }

  /** A point at which the ranks always compare; nothing is under way afterwards. */
  void agree(long fingerprint, Supplier<String> what) {
    drain.run();
    if (follows(fingerprint)) {
      ask(fingerprint, done.size(), what);
    } else {
      compare(fingerprint, what);
    }
    record(new Step(fingerprint, Optional.empty()));
  }

  /** Ends a pass, after the ranks have agreed that it ends; the next one may follow it. */
  void endPass() {
    if (!following && learns && done.size() <= LONGEST_SEQUENCE) {
      expected = List.copyOf(done);
    }
    done.clear();
    following = !expected.isEmpty();
  }

  /**
   * Ends a pass that stopped after its forward computation. The known sequence stays: the next pass
   * follows it from its beginning.
   */
  void endForwardPass() {
    done.clear();
    following = !expected.isEmpty();
  }

  @Override
  public void close() {
    check.close();
  }

  private boolean follows(long fingerprint) {
    return following
        && done.size() < expected.size()
        && expected.get(done.size()).fingerprint() == fingerprint;
  }

  private void compare(long fingerprint, Supplier<String> what) {
    if (following) {
      drain.run();
      following = false;
      if (done.size() < expected.size()) {
        expected.get(done.size()).standIn().ifPresent(Runnable::run);
      }
    }
    ask(fingerprint, done.size(), what);
  }

  private void ask(long fingerprint, int place, Supplier<String> what) {
    check.agree(fingerprint ^ (place * PLACE_FACTOR), () -> what.get() + remark.get());
  }

  private void record(Step step) {
    if (done.size() <= LONGEST_SEQUENCE) {
      done.add(step);
    }
  }
}
