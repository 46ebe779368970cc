package io.sparkmm.convert.safetensors;

import io.sparkmm.convert.SourceChannel;
import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One safetensors file, open for reading; its header is checked in full when it is opened. */
public final class SafetensorsFile implements TensorSource {

  private final Path path;
  private final FileChannel channel;
  private final Header header;
  private final Map<String, TensorRef> byName;

  private SafetensorsFile(Path path, FileChannel channel, Header header) {
    this.path = path;
    this.channel = channel;
    this.header = header;
    this.byName = new HashMap<>();
    header.tensors().forEach(tensor -> byName.put(tensor.name(), tensor));
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws SafetensorsException with the kind of the first defect found
   */
  public static SafetensorsFile open(Path path) {
    try {
      FileChannel channel = SourceChannel.open(path);
      try {
        return new SafetensorsFile(path, channel, HeaderReader.read(path, channel));
      } catch (IOException | RuntimeException e) {
        closeAfter(e, channel);
        throw e;
      }
    } catch (NoSuchFileException e) {
      throw new SafetensorsException(Kind.IO, path, "Cannot read " + path + ": no such file", e);
    } catch (IOException e) {
      throw ioFailure(path, e);
    }
  }

  private static void closeAfter(Exception failure, FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** All tensors, in the order of their bytes. */
  @Override
  public List<TensorRef> tensors() {
    return header.tensors();
  }

  @Override
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public Optional<TensorRef> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  @Override
  public TensorRef tensor(String name) {
    return find(name)
        .orElseThrow(
            () ->
                SafetensorsException.cannotRead(
                    Kind.UNKNOWN_TENSOR,
                    path,
                    "it holds no tensor " + name + NearNames.hint(name, byName.keySet())));
  }

  @Override
  public void read(String name, long offset, ByteBuffer target) {
    TensorRef tensor = tensor(name);
    checkRange(tensor, offset, target.remaining());
    try {
      Channels.readFully(channel, tensor.begin() + offset, target);
    } catch (IOException e) {
      throw ioFailure(path, e);
    }
  }

  @Override
  public ByteBuffer window(String name, long offset, int length) {
    TensorRef tensor = tensor(name);
    checkRange(tensor, offset, length);
    try {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, tensor.begin() + offset, length)
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw ioFailure(path, e);
    }
  }

  @Override
  public ByteBuffer map(String name) {
    TensorRef tensor = tensor(name);
    if (tensor.byteSize() > Integer.MAX_VALUE) {
      throw SafetensorsException.cannotRead(
          Kind.BAD_RANGE,
          path,
          "tensor "
              + name
              + " has "
              + tensor.byteSize()
              + " bytes, too many for one buffer; read it through windows");
    }
    return window(name, 0, (int) tensor.byteSize());
  }

  private void checkRange(TensorRef tensor, long offset, int length) {
    if (offset < 0 || length < 0 || offset > tensor.byteSize() - length) {
      throw SafetensorsException.cannotRead(
          Kind.BAD_RANGE,
          path,
          length
              + " bytes at "
              + offset
              + " lie outside tensor "
              + tensor.name()
              + ", which has "
              + tensor.byteSize()
              + " bytes");
    }
  }

  private static SafetensorsException ioFailure(Path path, IOException e) {
    if (e instanceof ClosedChannelException) {
      return new SafetensorsException(
          Kind.CLOSED, path, "Cannot read " + path + ": it was closed before", e);
    }
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new SafetensorsException(Kind.IO, path, "Cannot read " + path + ": " + reason, e);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw ioFailure(path, e);
    }
  }
}
