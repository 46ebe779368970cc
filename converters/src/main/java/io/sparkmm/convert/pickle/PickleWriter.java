package io.sparkmm.convert.pickle;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes values as a pickle of protocol 2, which every Python and also the restricted reader of
 * PyTorch accept. Equal values give equal bytes. A value that stands at several places stays one
 * value, and lists, dicts and objects may contain themselves.
 */
public final class PickleWriter {

  private static final int MAX_DEPTH = 500;
  private static final int MAX_LONG_BYTES = 255;
  private static final int PROTOCOL = 2;
  private static final int BATCH = 1000;
  private static final Global ENCODE = new Global("_codecs", "encode");
  private static final Global SET = new Global("__builtin__", "set");
  private static final Global FROZEN_SET = new Global("__builtin__", "frozenset");

  private final PickleOutput out = new PickleOutput();
  private final Map<Object, Integer> namesMemo = new HashMap<>();
  private final Map<Object, Integer> memo = new IdentityHashMap<>();
  private int depth;

  private PickleWriter() {}

  /**
   * The pickle of a value.
   *
   * @param value any value listed at the package; whole numbers may be {@code Integer} as well
   * @throws PickleException when it holds something else, or is nested deeper than {@value
   *     #MAX_DEPTH}
   */
  public static byte[] write(Object value) {
    PickleWriter writer = new PickleWriter();
    writer.out.op(Opcode.PROTO).u8(PROTOCOL);
    writer.save(value);
    return writer.out.op(Opcode.STOP).toByteArray();
  }

  private void save(Object value) {
    if (++depth > MAX_DEPTH) {
      throw PickleException.cannotWrite("the value is nested deeper than " + MAX_DEPTH);
    }
    if (!saveScalar(value) && !saveRemembered(value)) {
      saveComposite(value);
    }
    depth--;
  }

  private boolean saveScalar(Object value) {
    if (value == PickleNone.NONE) {
      out.op(Opcode.NONE);
    } else if (value instanceof Boolean flag) {
      out.op(flag ? Opcode.NEWTRUE : Opcode.NEWFALSE);
    } else if (value instanceof Integer number) {
      saveLong(number);
    } else if (value instanceof Long number) {
      saveLong(number);
    } else if (value instanceof BigInteger number) {
      saveBig(number);
    } else if (value instanceof Double number) {
      out.op(Opcode.BINFLOAT).bigEndianDouble(number);
    } else if (value instanceof PickleTuple tuple && tuple.size() == 0) {
      out.op(Opcode.EMPTY_TUPLE);
    } else {
      return false;
    }
    return true;
  }

  private void saveLong(long value) {
    if (value >= 0 && value < 1 << Byte.SIZE) {
      out.op(Opcode.BININT1).u8((int) value);
    } else if (value >= 0 && value < 1 << Short.SIZE) {
      out.op(Opcode.BININT2).u16((int) value);
    } else if (value == (int) value) {
      out.op(Opcode.BININT).i32((int) value);
    } else {
      saveBig(BigInteger.valueOf(value));
    }
  }

  private void saveBig(BigInteger value) {
    int length = value.bitLength() / Byte.SIZE + 1;
    if (length > MAX_LONG_BYTES) {
      throw PickleException.cannotWrite("a whole number of " + length + " bytes");
    }
    out.op(Opcode.LONG1).u8(length).littleEndian(value);
  }

  private boolean saveRemembered(Object value) {
    Integer number = memoOf(value).get(value);
    if (number == null) {
      return false;
    }
    if (number < 1 << Byte.SIZE) {
      out.op(Opcode.BINGET).u8(number);
    } else {
      out.op(Opcode.LONG_BINGET).i32(number);
    }
    return true;
  }

  private Map<Object, Integer> memoOf(Object value) {
    return value instanceof String || value instanceof Global ? namesMemo : memo;
  }

  private void remember(Object value) {
    int number = namesMemo.size() + memo.size();
    memoOf(value).put(value, number);
    if (number < 1 << Byte.SIZE) {
      out.op(Opcode.BINPUT).u8(number);
    } else {
      out.op(Opcode.LONG_BINPUT).i32(number);
    }
  }

  private void saveComposite(Object value) {
    if (value instanceof String text) {
      saveText(text);
    } else if (value instanceof Global global) {
      saveGlobal(global);
    } else if (value instanceof PersistentId id) {
      save(id.id());
      out.op(Opcode.BINPERSID);
    } else if (value instanceof PickleTuple tuple) {
      saveTuple(tuple);
    } else if (value instanceof PickleList list) {
      out.op(Opcode.EMPTY_LIST);
      remember(list);
      saveItems(list.items());
    } else if (value instanceof PickleDict dict) {
      saveDict(dict);
    } else if (value instanceof PickleObject object) {
      saveObject(object);
    } else if (value instanceof PickleBytes bytes) {
      String text = StandardCharsets.ISO_8859_1.decode(bytes.buffer()).toString();
      saveCall(ENCODE, PickleTuple.of(text, "latin1"));
      remember(bytes);
    } else if (value instanceof PickleSet set) {
      List<Object> items = List.copyOf(set.items());
      saveCall(set.isFrozen() ? FROZEN_SET : SET, PickleTuple.of(PickleList.of(items)));
      remember(set);
    } else {
      throw PickleException.cannotWrite(
          "a value of " + (value == null ? "null" : value.getClass().getName()));
    }
  }

  private void saveText(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw PickleException.cannotWrite(
          PickleText.describe(text) + " holds half a surrogate pair, which has no UTF-8 form");
    }
    out.op(Opcode.BINUNICODE).text(text);
    remember(text);
  }

  private void saveGlobal(Global global) {
    if (global.module().contains("\n") || global.name().contains("\n")) {
      throw PickleException.cannotWrite("the name of global " + global + " has a line break");
    }
    out.op(Opcode.GLOBAL).line(global.module()).line(global.name());
    remember(global);
  }

  private void saveTuple(PickleTuple tuple) {
    if (tuple.size() > 3) {
      out.op(Opcode.MARK);
    }
    tuple.items().forEach(this::save);
    switch (tuple.size()) {
      case 1 -> out.op(Opcode.TUPLE1);
      case 2 -> out.op(Opcode.TUPLE2);
      case 3 -> out.op(Opcode.TUPLE3);
      default -> out.op(Opcode.TUPLE);
    }
    remember(tuple);
  }

  /** In batches as Python makes them, so that equal values give the bytes of Python. */
  private void saveItems(List<Object> items) {
    if (items.size() == 1) {
      save(items.get(0));
      out.op(Opcode.APPEND);
      return;
    }
    for (int from = 0; from < items.size(); from += BATCH) {
      out.op(Opcode.MARK);
      items.subList(from, Math.min(from + BATCH, items.size())).forEach(this::save);
      out.op(Opcode.APPENDS);
    }
  }

  /** In batches as Python makes them; behind a full last one it makes an empty one. */
  private void saveEntries(Map<Object, Object> entries) {
    List<Map.Entry<Object, Object>> list = List.copyOf(entries.entrySet());
    if (list.size() == 1) {
      saveEntry(list.get(0));
      out.op(Opcode.SETITEM);
    }
    for (int from = 0; list.size() > 1 && from <= list.size(); from += BATCH) {
      out.op(Opcode.MARK);
      list.subList(from, Math.min(from + BATCH, list.size())).forEach(this::saveEntry);
      out.op(Opcode.SETITEMS);
    }
  }

  private void saveEntry(Map.Entry<Object, Object> entry) {
    save(entry.getKey());
    save(entry.getValue());
  }

  private void saveDict(PickleDict dict) {
    if (dict.state() != PickleNone.NONE) {
      throw PickleException.cannotWrite("a dict with a state; make it an object of its class");
    }
    out.op(Opcode.EMPTY_DICT);
    remember(dict);
    saveEntries(dict.entries());
  }

  private void saveCall(Object callee, PickleTuple arguments) {
    save(callee);
    save(arguments);
    out.op(Opcode.REDUCE);
  }

  private void saveObject(PickleObject object) {
    if (!object.namedArguments().entries().isEmpty()) {
      throw PickleException.cannotWrite(object + " with arguments by name");
    }
    save(object.callee());
    save(object.arguments());
    out.op(object.origin() == PickleObject.Origin.CALL ? Opcode.REDUCE : Opcode.NEWOBJ);
    remember(object);
    saveItems(object.items());
    saveEntries(object.entries());
    if (object.state() != PickleNone.NONE) {
      save(object.state());
      out.op(Opcode.BUILD);
    }
  }
}
