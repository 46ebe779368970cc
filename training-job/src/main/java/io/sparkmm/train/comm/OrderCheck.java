package io.sparkmm.train.comm;

import io.sparkmm.train.memory.TensorScope;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Makes sure that all ranks are about to do the same thing, before they exchange data whose sizes
 * depend on it. Backends do not notice a mix-up themselves: they mix the data, wait for the timeout
 * or end the process.
 *
 * <p>Every rank sends one 64-bit fingerprint of its next operation, always of the same size. Only
 * when fingerprints differ a second exchange collects what each rank was about to do, so that all
 * of them fail with one message.
 */
public final class OrderCheck implements AutoCloseable {
  private static final int DESCRIPTION_BYTES = 1024;

  private final Collectives group;
  private final Tensor own;
  private final Tensor all;
  private final LongPointer ownValue;
  private final LongPointer allValues;

  /** Makes a check among the ranks of a group. */
  public OrderCheck(Collectives group) {
    this.group = group;
    try (TensorScope scope = TensorScope.open()) {
      TensorOptions options = new TensorOptions(ScalarType.Long);
      own = TensorScope.keep(torch.zeros(new long[] {1}, options));
      all = TensorScope.keep(torch.zeros(new long[] {group.size()}, options));
      ownValue = own.data_ptr_long();
      allValues = all.data_ptr_long();
      ownValue.retainReference();
      allValues.retainReference();
    }
  }

  /**
   * Goes on only if every rank calls this with the same fingerprint. With one rank nothing happens.
   *
   * @param fingerprint stands for the operation and its sizes
   * @param operation what this rank is about to do; asked for only when the ranks disagree
   * @throws CollectiveException on every rank if the fingerprints differ, with each rank's
   *     operation
   */
  public void agree(long fingerprint, Supplier<String> operation) {
    if (group.size() == 1) {
      return;
    }
    ownValue.put(0, fingerprint);
    try (TensorScope scope = TensorScope.open()) {
      group.allGather(all, own).await();
    } catch (CollectiveException problem) {
      throw new CollectiveException(
          problem.getMessage() + "; this rank was about to do: " + operation.get(), problem);
    }
    for (int rank = 0; rank < group.size(); rank++) {
      if (allValues.get(rank) != fingerprint) {
        throw new CollectiveException(
            "Cannot go on: the ranks do different things; " + describeAll(operation.get()));
      }
    }
  }

  @Override
  public void close() {
    ownValue.releaseReference();
    allValues.releaseReference();
    TensorScope.release(own);
    TensorScope.release(all);
  }

  private String describeAll(String operation) {
    byte[] text = Arrays.copyOf(operation.getBytes(StandardCharsets.UTF_8), DESCRIPTION_BYTES);
    try (TensorScope scope = TensorScope.open()) {
      TensorOptions options = new TensorOptions(ScalarType.Byte);
      Tensor mine = torch.zeros(new long[] {DESCRIPTION_BYTES}, options);
      new BytePointer(mine.data_ptr()).put(text);
      Tensor everyone = torch.zeros(new long[] {(long) DESCRIPTION_BYTES * group.size()}, options);
      group.allGather(everyone, mine).await();
      byte[] bytes = new byte[DESCRIPTION_BYTES * group.size()];
      new BytePointer(everyone.data_ptr()).get(bytes);
      StringBuilder message = new StringBuilder();
      for (int rank = 0; rank < group.size(); rank++) {
        ByteBuffer part = ByteBuffer.wrap(bytes, rank * DESCRIPTION_BYTES, DESCRIPTION_BYTES);
        String words = StandardCharsets.UTF_8.decode(part).toString();
        int end = words.indexOf('\0');
        message
            .append(rank == 0 ? "" : "; ")
            .append("rank ")
            .append(rank)
            .append(": ")
            .append(end < 0 ? words : words.substring(0, end));
      }
      return message.toString();
    }
  }
}
