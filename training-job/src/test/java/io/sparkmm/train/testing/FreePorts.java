package io.sparkmm.train.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for servers that a test starts a moment later. They lie below those that systems give to
 * connections and to whoever asks for any port, so that none of those gets one meanwhile.
 */
public final class FreePorts {
  private static final int FIRST = 20_000;
  private static final int COUNT = 12_000;

  /** Processes that look for ports at the same time begin at different places. */
  private static final AtomicInteger NEXT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 1009 % COUNT));

  private FreePorts() {}

  /** A port on which nothing listens now, and which this process has not been given lately. */
  public static int next() {
    IOException last = null;
    for (int i = 0; i < COUNT; i++) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(port), 1);
        return port;
      } catch (IOException taken) {
        last = taken;
      }
    }
    throw new AssertionError("no port is free", last);
  }
}
