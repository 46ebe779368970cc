package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.dcp.DcpException;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.torch.TorchException;
import io.sparkmm.convert.view.SourceChecks;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorView;
import io.sparkmm.train.fsdp.ShardRows;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.Constants;
import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.weights.TensorTypes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Reads rows of a checkpoint's tensors. What is to be read is asked for first; then everything is
 * read at once and compared with the checksums of the files.
 */
final class TensorSource {
  private static final int READ_BYTES = 4 << 20;

  private final DcpCheckpoint checkpoint;
  private final List<Transfer> transfers = new ArrayList<>();

  /** What to do with rows: the tensor is of the stored type and lives as long as the call. */
  @FunctionalInterface
  interface Target {
    void accept(Tensor rows);
  }

  private record Transfer(TensorView rows, Target target) {}

  TensorSource(DcpCheckpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  /**
   * Asks for rows of a tensor.
   *
   * @param shape sizes that the whole tensor must have
   * @param type element type that it must have; any floating-point type when empty
   * @throws CheckpointException if the tensor is another one than expected, or damaged
   */
  void add(String key, long[] shape, ShardRows held, List<DType> type, Target target) {
    TensorView whole = guarded(() -> checkpoint.view(key));
    if (!whole.shape().equals(Shapes.of(shape))) {
      throw mismatch(key, "shape is " + whole.shape() + ", expected " + Shapes.of(shape));
    }
    if (!type.isEmpty() && !type.contains(whole.dtype())) {
      throw mismatch(key, "type is " + whole.dtype() + ", expected " + type.get(0));
    }
    TensorTypes.inMemory(key, whole.dtype());
    if (held.count() > 0) {
      TensorView rows =
          shape.length == 0 ? whole : whole.slice(0, held.first(), held.first() + held.count());
      transfers.add(new Transfer(rows, target));
    }
  }

  private CheckpointException mismatch(String key, String difference) {
    return new CheckpointException(
        CheckpointException.Kind.MISMATCH,
        "Cannot load tensor "
            + key
            + " of checkpoint "
            + checkpoint.path()
            + ": its "
            + difference);
  }

  /**
   * Reads everything that was asked for.
   *
   * @throws CheckpointException of kind DAMAGED naming file and tensor
   */
  void read() {
    SourceChecks checks = SourceChecks.of(transfers.stream().map(Transfer::rows).toList());
    guarded(
        () -> {
          try (SourceFiles files = new SourceFiles(checks)) {
            for (Transfer transfer : transfers) {
              try (TensorScope scope = TensorScope.open()) {
                transfer.target().accept(tensor(transfer.rows(), files));
              }
            }
            checks.verify(files);
          }
          return checks;
        });
  }

  private Tensor tensor(TensorView rows, SourceFiles files) {
    long[] shape = rows.shape().stream().mapToLong(Long::longValue).toArray();
    Tensor tensor =
        torch.empty(
            shape, new TensorOptions(TensorTypes.inMemory("", rows.dtype())), Constants.NO_FORMAT);
    Pointer memory = tensor.data_ptr();
    long bytes = rows.byteSize();
    for (long done = 0; done < bytes; ) {
      int length = (int) Math.min(READ_BYTES, bytes - done);
      rows.read(done, TensorBytes.buffer(memory, done, length), files);
      done += length;
    }
    return tensor;
  }

  /** A small tensor of any type, as bytes. */
  byte[] bytes(String key) {
    return guarded(
        () -> {
          TensorView view = checkpoint.view(key);
          ByteBuffer buffer = ByteBuffer.allocateDirect(Math.toIntExact(view.byteSize()));
          SourceChecks checks = SourceChecks.of(List.of(view));
          try (SourceFiles files = new SourceFiles(checks)) {
            view.read(0, buffer, files);
            checks.verify(files);
          }
          byte[] bytes = new byte[buffer.capacity()];
          buffer.flip().get(bytes);
          return bytes;
        });
  }

  /**
   * A number that is stored as a tensor.
   *
   * @throws CheckpointException if the tensor has not one element, or an unknown type
   */
  double number(String key) {
    ByteBuffer bytes = ByteBuffer.wrap(bytes(key)).order(ByteOrder.LITTLE_ENDIAN);
    DType dtype = checkpoint.find(key).orElseThrow().spec().dtype();
    if (bytes.remaining() == dtype.byteSize()) {
      if (dtype == DType.F32) {
        return bytes.getFloat();
      }
      if (dtype == DType.F64) {
        return bytes.getDouble();
      }
      if (dtype == DType.I64) {
        return bytes.getLong();
      }
    }
    throw mismatch(
        key, "content is " + bytes.remaining() + " bytes of " + dtype + ", not a number");
  }

  private <T> T guarded(Supplier<T> action) {
    try {
      return action.get();
    } catch (DcpException | TorchException | ConvertException e) {
      throw StoredRun.damaged(checkpoint.path(), e);
    }
  }

  /** The type in files of a tensor in memory. */
  static DType typeOf(Tensor tensor) {
    return TensorTypes.inFile(FloatTypes.of(tensor));
  }
}
