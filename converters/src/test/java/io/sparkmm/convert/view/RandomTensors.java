package io.sparkmm.convert.view;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Draws stored tensors with any strides, and rearrangements, in pairs of view and model. */
final class RandomTensors {

  /** The same tensor twice. */
  record Pair(TensorView view, NaiveTensor model) {}

  private static final int MOST_ELEMENTS = 4_000;

  private final Random random;
  private final Path folder;
  private final DType dtype;
  private int files;

  RandomTensors(Random random, Path folder) {
    this.random = random;
    this.folder = folder;
    this.dtype = DType.values()[random.nextInt(DType.values().length)];
  }

  DType dtype() {
    return dtype;
  }

  List<Long> shape() {
    int rank = random.nextInt(5);
    List<Long> shape = new ArrayList<>();
    long elements = 1;
    for (int dim = 0; dim < rank; dim++) {
      long most = Math.max(1, Math.min(random.nextBoolean() ? 7 : 3000, MOST_ELEMENTS / elements));
      long size = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt((int) most);
      shape.add(size);
      elements *= Math.max(1, size);
    }
    return shape;
  }

  /** A tensor in a file of its own, its dimensions in any order and with gaps between them. */
  Pair stored(List<Long> shape) {
    int rank = shape.size();
    List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
    if (random.nextBoolean()) {
      Collections.shuffle(order, random);
    }
    Long[] strides = new Long[rank];
    long stride = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 1;
    for (int i = rank - 1; i >= 0; i--) {
      int dim = order.get(i);
      strides[dim] = stride;
      stride *= Math.max(1, shape.get(dim));
      stride += random.nextInt(3) == 0 ? random.nextInt(200) : 0;
    }
    String name = "t" + files++;
    StoredTensor tensor =
        new StoredTensor(
            new TensorSpec(name, dtype, shape),
            folder.resolve(name),
            random.nextInt(300),
            List.of(strides));
    NaiveTensor model = NaiveTensor.make(shape, index -> random.nextLong());
    write(tensor, model);
    return new Pair(TensorView.of(tensor), model);
  }

  private void write(StoredTensor tensor, NaiveTensor model) {
    byte[] bytes = new byte[(int) tensor.end()];
    random.nextBytes(bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < model.values().length; i++) {
      List<Long> index = NaiveTensor.indices(model.shape(), i);
      long element = 0;
      for (int dim = 0; dim < index.size(); dim++) {
        element += index.get(dim) * tensor.strides().get(dim);
      }
      buffer.position((int) (tensor.begin() + element * dtype.byteSize()));
      NaiveTensor.put(buffer, dtype, model.values()[i]);
    }
    try {
      Files.write(tensor.file(), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One rearrangement, where the shape allows one. */
  Pair changed(Pair pair) {
    TensorView view = pair.view();
    NaiveTensor model = pair.model();
    if (view.rank() == 0) {
      return new Pair(view.withLeading(), model.reshaped(List.of(1L)));
    }
    int dim = random.nextInt(view.rank());
    switch (random.nextInt(7)) {
      case 0 -> {
        long from = random.nextInt((int) view.size(dim) + 1);
        long to = from + random.nextInt((int) (view.size(dim) - from) + 1);
        return new Pair(view.slice(dim, from, to), model.slice(dim, from, to));
      }
      case 1 -> {
        int other = random.nextInt(view.rank());
        return new Pair(view.transpose(dim, other), model.transpose(dim, other));
      }
      case 2 -> {
        return joined(pair, dim);
      }
      case 3 -> {
        if (view.rank() < 2 || view.size(0) == 0) {
          return pair;
        }
        List<Long> shape = new ArrayList<>(view.shape().subList(1, view.rank()));
        shape.set(0, shape.get(0) * view.size(0));
        return new Pair(view.mergeLeading(), model.reshaped(shape));
      }
      case 4 -> {
        long n = divisor(view.size(0));
        List<Long> shape = new ArrayList<>(view.shape());
        shape.set(0, view.size(0) / n);
        shape.add(0, n);
        return new Pair(view.splitLeading(n), model.reshaped(shape));
      }
      case 5 -> {
        long parts = divisor(view.size(dim));
        long index = random.nextInt((int) parts);
        long length = view.size(dim) / parts;
        return new Pair(
            view.part(dim, index, parts), model.slice(dim, index * length, (index + 1) * length));
      }
      default -> {
        return exchanged(pair, dim);
      }
    }
  }

  private long divisor(long size) {
    List<Integer> divisors =
        IntStream.rangeClosed(1, (int) Math.min(Math.max(1, size), 40))
            .filter(n -> size % n == 0)
            .boxed()
            .toList();
    return divisors.get(random.nextInt(divisors.size()));
  }

  /** Joined with another stored tensor or with itself. */
  private Pair joined(Pair pair, int dim) {
    Pair other =
        random.nextBoolean()
            ? pair
            : stored(NaiveTensor.with(pair.view().shape(), dim, (long) random.nextInt(4)));
    if (pair.model().values().length > MOST_ELEMENTS) {
      return pair;
    }
    return new Pair(
        TensorView.concat(dim, List.of(pair.view(), other.view())),
        pair.model().concat(dim, other.model()));
  }

  /** Cut in two, put together in the other order, and perhaps back again. */
  private Pair exchanged(Pair pair, int dim) {
    TensorView view = pair.view();
    long cut = random.nextInt((int) view.size(dim) + 1);
    TensorView first = view.slice(dim, 0, cut);
    TensorView second = view.slice(dim, cut, view.size(dim));
    if (random.nextBoolean()) {
      return new Pair(TensorView.concat(dim, List.of(first, second)), pair.model());
    }
    NaiveTensor model = pair.model();
    return new Pair(
        TensorView.concat(dim, List.of(second, first)),
        model.slice(dim, cut, view.size(dim)).concat(dim, model.slice(dim, 0, cut)));
  }
}
