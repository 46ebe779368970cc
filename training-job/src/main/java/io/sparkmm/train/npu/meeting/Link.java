package io.sparkmm.train.npu.meeting;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;

/** A connection on which messages of a kind and a content go both ways. */
final class Link implements AutoCloseable {
  /** What a message is about. */
  enum Kind {
    /** A worker says who it is. */
    HELLO,
    /** All workers have come. */
    WELCOME,
    /** The meeting does not take place, and why. */
    REFUSED,
    /** A value for the board. */
    PUT,
    /** Asks for a value of the board. */
    GET,
    /** A value of the board. */
    VALUE,
    /** Asks where everyone is. */
    ASK_ALL,
    /** Asks a worker where it is. */
    ASK,
    /** Where a worker is. */
    ANSWER,
    /** Where everyone is. */
    REPORT,
    /** A worker gives up, and why. */
    ABORT,
    /** A worker leaves in order. */
    BYE,
    /** A worker is no longer there. */
    GONE
  }

  /** Writes the content of a message. */
  @FunctionalInterface
  interface Content {
    /** Nothing to say besides the kind. */
    Content NONE = output -> {};

    void write(DataOutput output) throws IOException;
  }

  /** A received message. */
  record Message(Kind kind, DataInput content) {}

  private static final int MAGIC = 0x534d4d31;
  private static final int LONGEST = 1 << 20;

  private final Socket socket;
  private final DataInputStream input;
  private final DataOutputStream output;

  Link(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setKeepAlive(true);
    input = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    output = new DataOutputStream(socket.getOutputStream());
  }

  /** Sends a message at once. */
  void send(Kind kind, Content content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream frame = new DataOutputStream(bytes);
    frame.writeInt(MAGIC);
    frame.writeByte(kind.ordinal());
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    content.write(new DataOutputStream(body));
    frame.writeInt(body.size());
    body.writeTo(frame);
    synchronized (this) {
      bytes.writeTo(output);
      output.flush();
    }
  }

  /** Waits for a message. */
  Message receive() throws IOException {
    if (input.readInt() != MAGIC) {
      throw new IOException("another program answers there");
    }
    int kind = input.readUnsignedByte();
    int length = input.readInt();
    if (kind >= Kind.values().length || length < 0 || length > LONGEST) {
      throw new IOException("a message is damaged");
    }
    byte[] body = input.readNBytes(length);
    if (body.length < length) {
      throw new IOException("the connection ended");
    }
    return new Message(Kind.values()[kind], new DataInputStream(new ByteArrayInputStream(body)));
  }

  /** How long {@link #receive} waits, in milliseconds; 0 for without limit. */
  void patience(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException ignored) {
      // Nothing is expected of it any more.
    }
  }
}
