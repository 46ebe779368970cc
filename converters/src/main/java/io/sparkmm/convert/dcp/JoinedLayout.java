package io.sparkmm.convert.dcp;

import io.sparkmm.convert.plan.FileLayout;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.TensorPlace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Files one after the other in one file. */
final class JoinedLayout implements FileLayout {

  private final List<FileLayout> parts;
  private final List<TensorPlace> tensors = new ArrayList<>();
  private final long size;

  JoinedLayout(List<? extends FileLayout> parts) {
    this.parts = List.copyOf(parts);
    long at = 0;
    for (FileLayout part : parts) {
      for (TensorPlace place : part.tensors()) {
        tensors.add(new TensorPlace(place.name(), at + place.offset(), place.byteSize()));
      }
      at = Math.addExact(at, part.size());
    }
    this.size = at;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public List<TensorPlace> tensors() {
    return List.copyOf(tensors);
  }

  @Override
  public List<Literal> literals(long[] crc32) {
    List<Literal> literals = new ArrayList<>();
    long at = 0;
    int tensor = 0;
    for (FileLayout part : parts) {
      int end = tensor + part.tensors().size();
      for (Literal literal : part.literals(Arrays.copyOfRange(crc32, tensor, end))) {
        literals.add(new Literal(at + literal.offset(), literal.bytes()));
      }
      tensor = end;
      at += part.size();
    }
    return literals;
  }
}
