package io.sparkmm.convert.pickle;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An object that the reader does not understand, kept as what the pickle says about it: what would
 * be called, with which arguments, and what would be attached afterwards. Equal only to itself.
 */
public final class PickleObject {

  /** How the pickle makes the object. */
  public enum Origin {
    /** By calling a function or class. */
    CALL,
    /** By the class's {@code __new__}. */
    NEW
  }

  private final Origin origin;
  private final Object callee;
  private final PickleTuple arguments;
  private final PickleDict named;
  private Object state = PickleNone.NONE;
  private final PickleList items = new PickleList();
  private final PickleDict entries = new PickleDict();

  PickleObject(Origin origin, Object callee, PickleTuple arguments, PickleDict named) {
    this.origin = origin;
    this.callee = callee;
    this.arguments = arguments;
    this.named = named;
  }

  /** The result of calling {@code callee}. */
  public static PickleObject call(Global callee, Object... arguments) {
    return new PickleObject(Origin.CALL, callee, PickleTuple.of(arguments), new PickleDict());
  }

  /** An instance of {@code type}, made without arguments, with these attributes. */
  public static PickleObject instance(Global type, Map<String, ?> attributes) {
    return instance(type, PickleDict.of(attributes));
  }

  /**
   * An instance of {@code type}, made without arguments, which gets {@code state}.
   *
   * @param state a dict of attributes, or whatever the class takes; {@code None} for nothing
   */
  public static PickleObject instance(Global type, Object state) {
    PickleObject object = new PickleObject(Origin.NEW, type, PickleTuple.of(), new PickleDict());
    object.state = state;
    return object;
  }

  void setState(Object newState) {
    state = newState;
  }

  void append(Object item) {
    items.add(item);
  }

  void put(Object key, Object value) {
    entries.put(key, value);
  }

  /** How the pickle makes the object. */
  public Origin origin() {
    return origin;
  }

  /** The class or function: a {@link Global}, or an object that the pickle makes in turn. */
  public Object callee() {
    return callee;
  }

  /** Whether this is an instance of the class, or the result of the function, of that name. */
  public boolean is(Global global) {
    return callee.equals(global);
  }

  /** Arguments by position. */
  public PickleTuple arguments() {
    return arguments;
  }

  /** Arguments by name; keys are strings. */
  public PickleDict namedArguments() {
    return named;
  }

  /** What is attached last, most often a dict of attributes; {@code None} for nothing. */
  public Object state() {
    return state;
  }

  /** Items that are appended, where the object is some kind of list. */
  public List<Object> items() {
    return items.items();
  }

  /** Entries that are set, where the object is some kind of dict. */
  public Map<Object, Object> entries() {
    return entries.entries();
  }

  /**
   * The attribute of this name: from a state that is a dict, or from one that is the pair of such a
   * dict, or {@code None}, and a dict of slots. Empty when there is none.
   */
  public Optional<Object> attribute(String name) {
    if (state instanceof PickleDict dict) {
      return dict.get(name);
    }
    if (state instanceof PickleTuple pair && pair.size() == 2) {
      return pair.items().stream()
          .filter(PickleDict.class::isInstance)
          .flatMap(part -> ((PickleDict) part).get(name).stream())
          .findFirst();
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return "an object of " + (callee instanceof Global global ? global : "a made class");
  }
}
