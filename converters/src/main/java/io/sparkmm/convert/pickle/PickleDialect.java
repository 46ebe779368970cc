package io.sparkmm.convert.pickle;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The globals that a reader understands, and what it makes of calling them; all others stay {@link
 * PickleObject}s. Immutable; an interpreter refuses arguments by an {@code
 * IllegalArgumentException}, whose message the reader passes on.
 */
public final class PickleDialect {

  /** Makes a value of the arguments that a global would be called with. */
  @FunctionalInterface
  public interface Interpreter {

    /**
     * @return the value in place of the result of the call, not null
     * @throws IllegalArgumentException when these are not arguments of that global
     */
    Object interpret(PickleTuple arguments);
  }

  private static final PickleDialect STANDARD = makeStandard();

  private final Map<Global, Interpreter> interpreters;
  private final Function<Object, Object> persistentLoad;

  private PickleDialect(
      Map<Global, Interpreter> interpreters, Function<Object, Object> persistentLoad) {
    this.interpreters = Map.copyOf(interpreters);
    this.persistentLoad = persistentLoad;
  }

  /**
   * Understands only what Python itself writes for plain data: {@code collections.OrderedDict},
   * {@code set}, {@code frozenset}, and {@code _codecs.encode}, which protocol 2 uses for bytes.
   * Persistent ids become {@link PersistentId}.
   */
  public static PickleDialect standard() {
    return STANDARD;
  }

  /**
   * This dialect and one more global.
   *
   * @throws IllegalArgumentException when the dialect understands the global already
   */
  public PickleDialect with(Global global, Interpreter interpreter) {
    Map<Global, Interpreter> more = new HashMap<>(interpreters);
    if (more.put(global, interpreter) != null) {
      throw new IllegalArgumentException("Cannot add global " + global + ": it is known already");
    }
    return new PickleDialect(more, persistentLoad);
  }

  /**
   * This dialect with another meaning of persistent ids.
   *
   * @param load makes a value of an id, not null; refuses by an {@code IllegalArgumentException}
   */
  public PickleDialect withPersistentLoad(Function<Object, Object> load) {
    return new PickleDialect(interpreters, load);
  }

  /** The interpreter of a global; empty when it is not understood. */
  public Optional<Interpreter> find(Global global) {
    return Optional.ofNullable(interpreters.get(global));
  }

  Object load(Object persistentId) {
    return persistentLoad.apply(persistentId);
  }

  private static PickleDialect makeStandard() {
    Map<Global, Interpreter> known = new LinkedHashMap<>();
    known.put(new Global("collections", "OrderedDict"), PickleDialect::orderedDict);
    known.put(new Global("_codecs", "encode"), PickleDialect::encode);
    for (String builtins : new String[] {"builtins", "__builtin__"}) {
      known.put(new Global(builtins, "set"), arguments -> set(arguments, false));
      known.put(new Global(builtins, "frozenset"), arguments -> set(arguments, true));
    }
    return new PickleDialect(known, PersistentId::new);
  }

  private static Object orderedDict(PickleTuple arguments) {
    PickleDict dict = new PickleDict();
    if (arguments.size() == 0) {
      return dict;
    }
    // Old Pythons pass the items as a list of pairs.
    if (arguments.size() == 1 && arguments.get(0) instanceof PickleList list) {
      for (Object item : list.items()) {
        dict.put(pairPart(item, 0), pairPart(item, 1));
      }
      return dict;
    }
    throw new IllegalArgumentException("OrderedDict takes nothing or a list of pairs");
  }

  private static Object pairPart(Object item, int index) {
    Object part = "";
    if (item instanceof PickleTuple pair && pair.size() == 2) {
      part = pair.get(index);
    } else if (item instanceof PickleList pair && pair.items().size() == 2) {
      part = pair.items().get(index);
    } else {
      throw new IllegalArgumentException("OrderedDict takes pairs, not " + item);
    }
    if (index == 0 && !PickleTuple.isHashable(part)) {
      throw new IllegalArgumentException("OrderedDict cannot have as key " + part);
    }
    return part;
  }

  private static Object set(PickleTuple arguments, boolean frozen) {
    PickleSet set = new PickleSet(frozen);
    if (arguments.size() == 0) {
      return set;
    }
    if (arguments.size() == 1 && arguments.get(0) instanceof PickleList list) {
      for (Object item : list.items()) {
        if (!PickleTuple.isHashable(item)) {
          throw new IllegalArgumentException("a set cannot hold " + item);
        }
        set.add(item);
      }
      return set;
    }
    throw new IllegalArgumentException("a set takes nothing or a list");
  }

  private static Object encode(PickleTuple arguments) {
    if (arguments.size() == 2
        && arguments.get(0) instanceof String text
        && "latin1".equals(arguments.get(1))
        && text.chars().allMatch(c -> c < 256)) {
      return PickleBytes.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }
    throw new IllegalArgumentException("encode takes a text of Latin-1 letters and 'latin1'");
  }
}
