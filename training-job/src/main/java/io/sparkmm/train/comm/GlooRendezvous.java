package io.sparkmm.train.comm;

import io.sparkmm.train.torch.NativeOwnership;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.IntOptional;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.global.torch_gloo;

/** The key-value store through which Gloo groups meet, and the network settings they share. */
final class GlooRendezvous implements AutoCloseable {
  /** With one thread an exchange of a few bytes was measured to take ten times as long. */
  private static final int MINIMUM_THREADS = 2;

  private static final long POLL_MILLIS = 500;

  private final TCPStore store;
  private final ProcessGroupGloo.Options options;
  private final Milliseconds pollInterval;
  private final Duration timeout;

  private GlooRendezvous(TCPStore store, ProcessGroupGloo.Options options, Duration timeout) {
    this.store = store;
    this.options = options;
    this.pollInterval = new Milliseconds(POLL_MILLIS);
    pollInterval.retainReference();
    this.timeout = timeout;
  }

  /**
   * Opens the store: rank 0 listens, the others connect; returns when all have done so.
   *
   * @throws CollectiveException naming host, port and what went wrong
   */
  static GlooRendezvous open(CollectivesSettings settings) {
    Loader.load(torch_gloo.class);
    String address = settings.address().getHostAddress();
    try (PointerScope scope = new PointerScope()) {
      TCPStoreOptions storeOptions = new TCPStoreOptions();
      // The native type is unsigned: ports above 32767 are negative Java shorts.
      storeOptions.port((short) settings.port());
      storeOptions.isServer(settings.rank() == 0);
      storeOptions.waitWorkers(true);
      storeOptions.numWorkers(new SizeTPointer(1).put(settings.size()));
      storeOptions.useLibUV(false);
      storeOptions.timeout(new Milliseconds(settings.timeout().toMillis()));
      if (settings.rank() == 0 && address.indexOf(':') < 0) {
        Ipv4Listener.open(settings.port())
            .ifPresent(listener -> storeOptions.masterListenFd(new IntOptional(listener)));
      }
      TCPStore store = new TCPStore(address, storeOptions);
      ProcessGroupGloo.Options options =
          ProcessGroupGloo.Options.create(new Milliseconds(settings.timeout().toMillis()));
      options.devices(
          new GlooDeviceVector(
              ProcessGroupGloo.createDeviceForHostname(localAddress(address, settings.port()))));
      options.threads(Math.max(MINIMUM_THREADS, settings.threads()));
      store.retainReference();
      options.retainReference();
      return new GlooRendezvous(store, options, settings.timeout());
    } catch (RuntimeException problem) {
      throw explained(settings, problem);
    }
  }

  /**
   * Opens a process group under a path of the store.
   *
   * @param path unique among the groups of the rendezvous
   * @return outlives the current scope
   */
  ProcessGroupGloo openGroup(String path, int rank, int size) {
    try (PointerScope scope = new PointerScope()) {
      // An object made by a Java constructor must be handed to native code once only, and not be
      // freed by Java afterwards: native code takes it over without looking at who owns it. What
      // clone() returns is counted properly.
      Store connection = store.clone();
      PrefixStore section = new PrefixStore(path, connection);
      ProcessGroupGloo group = new ProcessGroupGloo(section, rank, size, options);
      NativeOwnership.handOver(section);
      group.retainReference();
      return group;
    }
  }

  /** How long a waiting thread may not notice that its group was aborted. */
  Milliseconds pollInterval() {
    return pollInterval;
  }

  Duration timeout() {
    return timeout;
  }

  @Override
  public void close() {
    options.close();
    store.close();
    pollInterval.close();
  }

  private static CollectiveException explained(
      CollectivesSettings settings, RuntimeException problem) {
    String text = NativeMessages.firstLine(problem);
    if (text.contains("EADDRINUSE") || text.contains("Address already in use")) {
      return CollectiveException.portTaken(settings.host(), settings.port(), problem);
    }
    return CollectiveException.noMeeting(settings, text, problem);
  }

  /** This machine's address on the way to {@code address}; nothing is sent to find it. */
  private static String localAddress(String address, int port) {
    try (DatagramSocket probe = new DatagramSocket()) {
      probe.connect(new InetSocketAddress(address, port));
      return probe.getLocalAddress().getHostAddress();
    } catch (IOException problem) {
      throw new CollectiveException("Cannot find a way to " + address, problem);
    }
  }
}
