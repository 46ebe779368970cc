package io.sparkmm.convert.view;

import io.sparkmm.convert.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;

/** A tensor in memory whose operations move one element after the other: the model of views. */
record NaiveTensor(List<Long> shape, long[] values) {

  static NaiveTensor make(List<Long> shape, ToLongFunction<List<Long>> valueAt) {
    long count = shape.stream().reduce(1L, (a, b) -> a * b);
    long[] values = new long[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = valueAt.applyAsLong(indices(shape, i));
    }
    return new NaiveTensor(shape, values);
  }

  static List<Long> indices(List<Long> shape, long number) {
    Long[] result = new Long[shape.size()];
    long rest = number;
    for (int dim = shape.size() - 1; dim >= 0; dim--) {
      result[dim] = rest % shape.get(dim);
      rest /= shape.get(dim);
    }
    return List.of(result);
  }

  long at(List<Long> index) {
    long number = 0;
    for (int dim = 0; dim < shape.size(); dim++) {
      number = number * shape.get(dim) + index.get(dim);
    }
    return values[(int) number];
  }

  NaiveTensor slice(int dim, long from, long to) {
    return make(with(shape, dim, to - from), index -> at(with(index, dim, index.get(dim) + from)));
  }

  NaiveTensor concat(int dim, NaiveTensor other) {
    long mine = shape.get(dim);
    return make(
        with(shape, dim, mine + other.shape.get(dim)),
        index ->
            index.get(dim) < mine ? at(index) : other.at(with(index, dim, index.get(dim) - mine)));
  }

  NaiveTensor transpose(int one, int two) {
    UnaryOperator<List<Long>> swap =
        list -> with(with(list, one, list.get(two)), two, list.get(one));
    return make(swap.apply(shape), index -> at(swap.apply(index)));
  }

  NaiveTensor reshaped(List<Long> to) {
    return new NaiveTensor(to, values);
  }

  byte[] bytes(DType dtype) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * dtype.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      put(buffer, dtype, value);
    }
    return buffer.array();
  }

  static void put(ByteBuffer buffer, DType dtype, long value) {
    switch (dtype.byteSize()) {
      case 1 -> buffer.put((byte) value);
      case 2 -> buffer.putShort((short) value);
      case 4 -> buffer.putInt((int) value);
      default -> buffer.putLong(value);
    }
  }

  static <T> List<T> with(List<T> list, int index, T value) {
    List<T> result = new ArrayList<>(list);
    result.set(index, value);
    return result;
  }
}
