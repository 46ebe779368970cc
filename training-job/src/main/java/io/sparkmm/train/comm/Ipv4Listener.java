package io.sparkmm.train.comm;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.ptr.IntByReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;

/**
 * A listening socket for libtorch's store. The one that the store opens itself is of IPv6, and the
 * store looks up the name of everyone who connects: for IPv4 addresses in IPv6 notation the hosts
 * file does not count, so each connection asks a name server, and waits for seconds where none
 * answers.
 */
final class Ipv4Listener {
  private static final int INET = 2;
  private static final int STREAM = 1;
  private static final int CLOSE_ON_EXEC = 0x80000;
  private static final int SOCKET_LEVEL = 1;
  private static final int REUSE_ADDRESS = 2;
  private static final int BACKLOG = 2048;
  private static final int ADDRESS_BYTES = 16;

  /** Of the C library; the numbers above are those of Linux. */
  interface Sockets extends Library {
    int socket(int domain, int type, int protocol) throws LastErrorException;

    int setsockopt(int socket, int level, int name, IntByReference value, int size)
        throws LastErrorException;

    int bind(int socket, byte[] address, int size) throws LastErrorException;

    int listen(int socket, int backlog) throws LastErrorException;

    int close(int socket) throws LastErrorException;
  }

  private static final class Holder {
    static final Sockets LIBRARY = Native.load("c", Sockets.class);
  }

  private Ipv4Listener() {}

  /**
   * Listens on a port of all IPv4 addresses of this machine.
   *
   * @return descriptor, which whoever takes it closes; empty where the system is not Linux
   * @throws LastErrorException in the system's words, such as that the port is taken
   */
  static OptionalInt open(int port) {
    if (!Platform.isLinux()) {
      return OptionalInt.empty();
    }
    Sockets library = Holder.LIBRARY;
    int socket = library.socket(INET, STREAM | CLOSE_ON_EXEC, 0);
    try {
      library.setsockopt(socket, SOCKET_LEVEL, REUSE_ADDRESS, new IntByReference(1), Integer.BYTES);
      library.bind(socket, anyAddress(port), ADDRESS_BYTES);
      library.listen(socket, BACKLOG);
      return OptionalInt.of(socket);
    } catch (LastErrorException problem) {
      library.close(socket);
      throw problem;
    }
  }

  private static byte[] anyAddress(int port) {
    return ByteBuffer.allocate(ADDRESS_BYTES)
        .order(ByteOrder.nativeOrder())
        .putShort((short) INET)
        .order(ByteOrder.BIG_ENDIAN)
        .putShort((short) port)
        .array();
  }
}
