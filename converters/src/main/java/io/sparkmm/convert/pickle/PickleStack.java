package io.sparkmm.convert.pickle;

import io.sparkmm.convert.pickle.PickleException.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The working memory of a reader: values, marks between them, and remembered values. */
final class PickleStack {

  private final PickleInput in;
  private final long maxValues;
  private long valuesLeft;
  private final List<Object> values = new ArrayList<>();
  private int[] marks = new int[16];
  private int markCount;
  private final List<Object> memo = new ArrayList<>();
  private final Map<Long, Object> sparseMemo = new HashMap<>();

  PickleStack(PickleInput in, long maxValues) {
    this.in = in;
    this.maxValues = maxValues;
    this.valuesLeft = maxValues;
  }

  /** Counts values against the limit before they are made. */
  void charge(long count) {
    valuesLeft -= count;
    if (valuesLeft < 0) {
      throw in.fail(
          Kind.TOO_LARGE,
          "the pickle makes more than "
              + maxValues
              + " values; if it is to be trusted, raise the heap of the JVM");
    }
  }

  void push(Object value) {
    charge(1);
    values.add(value);
  }

  Object pop() {
    if (values.size() <= floor()) {
      throw in.fail(Kind.STACK, "it takes a value where there is none");
    }
    return values.remove(values.size() - 1);
  }

  Object top() {
    if (values.size() <= floor()) {
      throw in.fail(Kind.STACK, "it needs a value where there is none");
    }
    return values.get(values.size() - 1);
  }

  void mark() {
    charge(1);
    if (markCount == marks.length) {
      marks = Arrays.copyOf(marks, markCount * 2);
    }
    marks[markCount++] = values.size();
  }

  /** Takes all values above the last mark, and the mark. */
  List<Object> popToMark() {
    if (markCount == 0) {
      throw in.fail(Kind.STACK, "it finds no mark");
    }
    markCount--;
    List<Object> above = values.subList(marks[markCount], values.size());
    List<Object> result = new ArrayList<>(above);
    above.clear();
    return result;
  }

  boolean isAtMark() {
    return markCount > 0 && floor() == values.size();
  }

  int size() {
    return values.size();
  }

  private int floor() {
    return markCount == 0 ? 0 : marks[markCount - 1];
  }

  /** Remembers the topmost value under the next free number. */
  void memoize() {
    put(memo.size() + (long) sparseMemo.size());
  }

  /** Remembers the topmost value. */
  void put(long number) {
    charge(1);
    Object value = top();
    if (number < memo.size()) {
      memo.set((int) number, value);
    } else if (number == memo.size()) {
      memo.add(value);
    } else {
      sparseMemo.put(number, value);
    }
  }

  Object get(long number) {
    Object value = number < memo.size() ? memo.get((int) number) : sparseMemo.get(number);
    if (value == null) {
      throw in.fail(Kind.BAD_MEMO, "no value is remembered under number " + number);
    }
    return value;
  }
}
