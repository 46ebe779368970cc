package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The exchanges of a model that are under way. They are started one after the other and go on while
 * the rank computes; results are taken in the order of the starts, so that no rank ever waits for
 * an exchange before it knows that all ranks agreed on those before it.
 *
 * <p>A number of memories is shared by all exchanges. When none is free the rank waits for the
 * oldest exchange. What it decides depends on the sequence only, never on time.
 */
final class Exchanges implements AutoCloseable {
  private record Flight(
      Exchange exchange, Scratch memory, Collectives.Pending pending, Lockstep.Ticket ticket) {}

  private final Lockstep order;
  private final int memoryCount;
  private final Residence residence;
  private long commonSize;
  private final List<Scratch> memories = new ArrayList<>();
  private final Deque<Flight> flights = new ArrayDeque<>();

  /**
   * Starts with nothing under way.
   *
   * @param memoryCount most exchanges under way at a time
   * @param residence where their memories are
   */
  Exchanges(Lockstep order, int memoryCount, Residence residence) {
    this.order = order;
    this.residence = residence;
    this.memoryCount = memoryCount;
    order.drainWith(this::completeAll);
    addMemories();
  }

  /**
   * Says how large exchanges are that have to go on beside each other. Larger ones, like that of a
   * root with its embeddings, wait rather than make a second memory as large as themselves.
   */
  void expect(long bytes) {
    commonSize = Math.max(commonSize, bytes);
  }

  /** Starts an exchange, after making sure that the other ranks do the same. */
  void start(Exchange exchange) {
    complete(exchange);
    Lockstep.Ticket ticket = order.beforeExchange(exchange, () -> runEmpty(exchange));
    Scratch memory = memory(exchange.scratchBytes());
    try (TensorScope scope = TensorScope.open()) {
      flights.add(new Flight(exchange, memory, exchange.start(memory, false), ticket));
    }
  }

  /** Waits for an exchange, and so for those before it; does nothing if it is not under way. */
  void complete(Exchange exchange) {
    while (flights.stream().anyMatch(flight -> flight.exchange() == exchange)) {
      completeOldest();
    }
  }

  /** Waits for everything that is under way. */
  void completeAll() {
    while (!flights.isEmpty()) {
      completeOldest();
    }
  }

  /**
   * Gives up what is under way after a failure. Its memory stays with it; other exchanges get new
   * one.
   */
  void abandon() {
    if (!flights.isEmpty()) {
      flights.clear();
      close();
      addMemories();
    }
  }

  @Override
  public void close() {
    memories.forEach(Scratch::close);
    memories.clear();
  }

  private void addMemories() {
    for (int i = 0; i < memoryCount; i++) {
      memories.add(new Scratch(residence));
    }
  }

  private void completeOldest() {
    Flight flight = flights.removeFirst();
    flight.pending().await();
    try (TensorScope scope = TensorScope.open()) {
      boolean flagged = flight.exchange().flagged(flight.memory());
      order.afterExchange(flagged, flight.ticket());
      flight.exchange().take(flight.memory());
    }
    flight.memory().leave();
  }

  /** Takes part in an exchange without data; what comes out is of no use. */
  private void runEmpty(Exchange exchange) {
    Scratch memory = memory(exchange.scratchBytes());
    try (TensorScope scope = TensorScope.open()) {
      exchange.start(memory, true).await();
    }
    memory.leave();
  }

  /** The smallest free memory that suffices, or a free one that grows, or the next to be free. */
  private Scratch memory(long need) {
    while (true) {
      Optional<Scratch> found = Optional.empty();
      boolean waits = false;
      for (Scratch each : memories) {
        boolean suffices = each.size() >= need;
        if (each.taken()) {
          waits |= suffices && need > commonSize;
        } else if (found.isEmpty() || better(each, found.get(), need)) {
          found = Optional.of(each);
        }
      }
      if (found.isPresent() && (found.get().size() >= need || !waits)) {
        found.get().take(need);
        return found.get();
      }
      completeOldest();
    }
  }

  private static boolean better(Scratch each, Scratch best, long need) {
    if (best.size() >= need) {
      return each.size() >= need && each.size() < best.size();
    }
    return each.size() >= need || each.size() > best.size();
  }
}
