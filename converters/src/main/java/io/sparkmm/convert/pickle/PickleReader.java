package io.sparkmm.convert.pickle;

import io.sparkmm.convert.pickle.PickleDialect.Interpreter;
import io.sparkmm.convert.pickle.PickleException.Kind;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * Reads a pickle of protocol 2 to 5 as plain data; see the package for the values.
 *
 * <p>Whatever the bytes are, the result is a value or a {@link PickleException}: nothing recurses,
 * no length is believed before it is compared with the bytes that are there, and the number of
 * values is limited.
 */
public final class PickleReader {

  private static final int MAX_LONG_BYTES = 1024;
  private static final int BYTES_PER_CHARGE = 64;

  private final PickleInput in;
  private final PickleStack stack;
  private final PickleDialect dialect;

  private PickleReader(byte[] bytes, PickleDialect dialect, PickleLimits limits) {
    this.in = new PickleInput(bytes);
    this.stack = new PickleStack(in, limits.maxValues());
    this.dialect = dialect;
  }

  /**
   * The value of a pickle, within the limits of this JVM.
   *
   * @param bytes the pickle, from PROTO to STOP and nothing else
   * @throws PickleException when the bytes are not such a pickle
   */
  public static Object read(byte[] bytes, PickleDialect dialect) {
    return read(bytes, dialect, PickleLimits.ofThisJvm());
  }

  /**
   * The value of a pickle.
   *
   * @param bytes the pickle, from PROTO to STOP and nothing else
   * @throws PickleException when the bytes are not such a pickle, or exceed the limits
   */
  public static Object read(byte[] bytes, PickleDialect dialect, PickleLimits limits) {
    if (bytes.length > limits.maxBytes()) {
      throw PickleException.cannotRead(
          Kind.TOO_LARGE,
          0,
          "it has " + bytes.length + " bytes, accepted are " + limits.maxBytes());
    }
    return new PickleReader(bytes, dialect, limits).read();
  }

  private Object read() {
    int protocol = in.remaining() > 1 && in.next() == Opcode.PROTO ? in.u8() : -1;
    if (protocol < 2 || protocol > 5) {
      throw PickleException.cannotRead(
          Kind.PROTOCOL, 0, "it is no pickle of protocol 2, 3, 4 or 5");
    }
    for (Opcode opcode = in.next(); opcode != Opcode.STOP; opcode = in.next()) {
      execute(opcode);
    }
    if (in.remaining() > 0) {
      throw in.fail(Kind.TRAILING_BYTES, in.remaining() + " bytes follow the end");
    }
    Object result = stack.pop();
    if (stack.size() > 0) {
      throw in.fail(Kind.STACK, stack.size() + " values besides the result are left");
    }
    return result;
  }

  private void execute(Opcode opcode) {
    switch (opcode) {
      case MARK -> stack.mark();
      case POP -> pop();
      case POP_MARK -> stack.popToMark();
      case DUP -> stack.push(stack.top());
      case NONE -> stack.push(PickleNone.NONE);
      case NEWTRUE -> stack.push(true);
      case NEWFALSE -> stack.push(false);
      case BININT -> stack.push((long) in.i32());
      case BININT1 -> stack.push((long) in.u8());
      case BININT2 -> stack.push((long) in.u16());
      case LONG1 -> stack.push(wholeNumber(in.u8()));
      case LONG4 -> stack.push(wholeNumber(in.u32()));
      case BINFLOAT -> stack.push(in.bigEndianDouble());
      case SHORT_BINSTRING, SHORT_BINUNICODE -> stack.push(in.text(in.u8()));
      case BINSTRING, BINUNICODE -> stack.push(in.text(in.u32()));
      case BINUNICODE8 -> stack.push(in.text(in.u64()));
      case SHORT_BINBYTES -> stack.push(PickleBytes.wrap(in.take(in.u8())));
      case BINBYTES -> stack.push(PickleBytes.wrap(in.take(in.u32())));
      case BINBYTES8, BYTEARRAY8 -> stack.push(PickleBytes.wrap(in.take(in.u64())));
      case EMPTY_LIST -> stack.push(new PickleList());
      case EMPTY_DICT -> stack.push(new PickleDict());
      case EMPTY_SET -> stack.push(new PickleSet(false));
      case EMPTY_TUPLE -> stack.push(PickleTuple.of());
      case TUPLE -> stack.push(PickleTuple.of(stack.popToMark()));
      case TUPLE1 -> stack.push(PickleTuple.of(stack.pop()));
      case TUPLE2 -> tuple2();
      case TUPLE3 -> tuple3();
      case LIST -> stack.push(PickleList.of(stack.popToMark()));
      case DICT -> dict();
      case FROZENSET -> frozenSet();
      case APPEND -> append(List.of(stack.pop()));
      case APPENDS -> append(stack.popToMark());
      case SETITEM -> setItem();
      case SETITEMS -> setItems(stack.popToMark());
      case ADDITEMS -> addItems(stack.popToMark());
      case GLOBAL -> stack.push(global());
      case STACK_GLOBAL -> stackGlobal();
      case REDUCE -> reduce();
      case NEWOBJ -> newObject();
      case NEWOBJ_EX -> newObjectWithNames();
      case INST -> instance();
      case OBJ -> object();
      case BUILD -> build(stack.pop());
      case BINPERSID -> persistentId();
      case BINPUT -> stack.put(in.u8());
      case LONG_BINPUT -> stack.put(in.u32());
      case BINGET -> stack.push(stack.get(in.u8()));
      case LONG_BINGET -> stack.push(stack.get(in.u32()));
      case MEMOIZE -> stack.memoize();
      case FRAME -> frame(in.u64());
      case EXT1, EXT2, EXT4 ->
          throw unsupported("the registry of extensions of another program is not known");
      case NEXT_BUFFER, READONLY_BUFFER ->
          throw unsupported("the buffer it stands for is not in the pickle");
      case FLOAT, INT, LONG, STRING, UNICODE, PERSID, GET, PUT ->
          throw unsupported("only protocols 0 and 1 use it");
      case PROTO, STOP -> throw unsupported("it cannot stand here");
    }
  }

  private PickleException unsupported(String reason) {
    return in.fail(Kind.UNSUPPORTED_OPCODE, reason);
  }

  private void pop() {
    if (stack.isAtMark()) {
      stack.popToMark();
    } else {
      stack.pop();
    }
  }

  private Object wholeNumber(long length) {
    if (length > MAX_LONG_BYTES) {
      throw in.fail(
          Kind.TOO_LARGE, "a whole number of " + length + " bytes; accepted are " + MAX_LONG_BYTES);
    }
    byte[] bytes = in.takeReversed((int) length);
    BigInteger number = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }

  private void tuple2() {
    Object second = stack.pop();
    Object first = stack.pop();
    stack.push(PickleTuple.of(first, second));
  }

  private void tuple3() {
    Object third = stack.pop();
    Object second = stack.pop();
    Object first = stack.pop();
    stack.push(PickleTuple.of(first, second, third));
  }

  private void dict() {
    List<Object> items = stack.popToMark();
    stack.push(new PickleDict());
    setItems(items);
  }

  private void frozenSet() {
    PickleSet set = new PickleSet(true);
    stack.popToMark().forEach(item -> set.add(key(item)));
    stack.push(set);
  }

  private void append(List<Object> items) {
    Object target = stack.top();
    if (target instanceof PickleList list) {
      items.forEach(list::add);
    } else if (target instanceof PickleObject object) {
      items.forEach(object::append);
    } else {
      throw in.fail(Kind.BAD_OPERAND, "cannot append to " + PickleText.describe(target));
    }
  }

  private void setItem() {
    Object value = stack.pop();
    Object key = stack.pop();
    setItems(List.of(key, value));
  }

  private void setItems(List<Object> items) {
    if (items.size() % 2 != 0) {
      throw in.fail(Kind.STACK, "the last key has no value");
    }
    Object target = stack.top();
    for (int i = 0; i < items.size(); i += 2) {
      if (target instanceof PickleDict dict) {
        dict.put(key(items.get(i)), items.get(i + 1));
      } else if (target instanceof PickleObject object) {
        object.put(key(items.get(i)), items.get(i + 1));
      } else {
        throw in.fail(Kind.BAD_OPERAND, "cannot set items of " + PickleText.describe(target));
      }
    }
  }

  private void addItems(List<Object> items) {
    if (!(stack.top() instanceof PickleSet set) || set.isFrozen()) {
      throw in.fail(Kind.BAD_OPERAND, "cannot add items to " + PickleText.describe(stack.top()));
    }
    items.forEach(item -> set.add(key(item)));
  }

  private Object key(Object value) {
    if (!PickleTuple.isHashable(value)) {
      throw in.fail(Kind.BAD_KEY, PickleText.describe(value) + " cannot be a key");
    }
    return value;
  }

  private Global global() {
    String module = in.line();
    return new Global(module, in.line());
  }

  private void stackGlobal() {
    Object name = stack.pop();
    Object module = stack.pop();
    if (!(name instanceof String nameText) || !(module instanceof String moduleText)) {
      throw in.fail(
          Kind.BAD_OPERAND,
          "module and name of a global are texts, not "
              + PickleText.describe(module)
              + " and "
              + PickleText.describe(name));
    }
    stack.push(new Global(moduleText, nameText));
  }

  private void reduce() {
    PickleTuple arguments = tuple(stack.pop());
    stack.push(make(PickleObject.Origin.CALL, stack.pop(), arguments));
  }

  private void newObject() {
    PickleTuple arguments = tuple(stack.pop());
    stack.push(make(PickleObject.Origin.NEW, stack.pop(), arguments));
  }

  private void newObjectWithNames() {
    Object named = stack.pop();
    PickleTuple arguments = tuple(stack.pop());
    Object type = callee(stack.pop());
    if (!(named instanceof PickleDict names)) {
      throw in.fail(
          Kind.BAD_OPERAND, "named arguments are a dict, not " + PickleText.describe(named));
    }
    stack.push(new PickleObject(PickleObject.Origin.NEW, type, arguments, names));
  }

  private void instance() {
    Global type = global();
    stack.push(make(PickleObject.Origin.CALL, type, PickleTuple.of(stack.popToMark())));
  }

  private void object() {
    List<Object> items = stack.popToMark();
    if (items.isEmpty()) {
      throw in.fail(Kind.STACK, "there is no class after the mark");
    }
    PickleTuple arguments = PickleTuple.of(items.subList(1, items.size()));
    stack.push(make(PickleObject.Origin.CALL, items.get(0), arguments));
  }

  private PickleTuple tuple(Object arguments) {
    if (arguments instanceof PickleTuple tuple) {
      return tuple;
    }
    throw in.fail(Kind.BAD_OPERAND, "arguments are a tuple, not " + PickleText.describe(arguments));
  }

  private Object callee(Object callee) {
    if (callee instanceof Global || callee instanceof PickleObject) {
      return callee;
    }
    throw in.fail(
        Kind.BAD_OPERAND, PickleText.describe(callee) + " is neither a class nor a function");
  }

  /** What the dialect makes of a call, or else the call itself as data. */
  private Object make(PickleObject.Origin origin, Object calledValue, PickleTuple arguments) {
    Object callee = callee(calledValue);
    Optional<Interpreter> known =
        callee instanceof Global global ? dialect.find(global) : Optional.empty();
    if (known.isEmpty()) {
      return new PickleObject(origin, callee, arguments, new PickleDict());
    }
    // The same long list may be passed any number of times, and copied each time.
    arguments.items().forEach(argument -> stack.charge(cost(argument)));
    try {
      return known.get().interpret(arguments);
    } catch (IllegalArgumentException e) {
      throw in.fail(Kind.REFUSED, "cannot make " + callee + ": " + e.getMessage(), e);
    }
  }

  private static long cost(Object argument) {
    if (argument instanceof PickleList list) {
      return list.items().size();
    }
    if (argument instanceof PickleTuple tuple) {
      return tuple.size();
    }
    if (argument instanceof PickleDict dict) {
      return dict.entries().size();
    }
    return argument instanceof String text ? text.length() / BYTES_PER_CHARGE : 0;
  }

  private void build(Object state) {
    Object target = stack.top();
    if (target instanceof PickleObject object) {
      object.setState(state);
    } else if (target instanceof PickleDict dict) {
      dict.setState(state);
    } else {
      throw in.fail(Kind.BAD_OPERAND, "cannot attach a state to " + PickleText.describe(target));
    }
  }

  private void persistentId() {
    Object id = stack.pop();
    try {
      stack.push(dialect.load(id));
    } catch (IllegalArgumentException e) {
      throw in.fail(Kind.REFUSED, e.getMessage(), e);
    }
  }

  private void frame(long length) {
    if (length > in.remaining()) {
      throw in.fail(
          Kind.TRUNCATED,
          "the frame has " + length + " bytes, the pickle has " + in.remaining() + " more");
    }
  }
}
