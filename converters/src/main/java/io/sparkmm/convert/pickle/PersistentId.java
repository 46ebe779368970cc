package io.sparkmm.convert.pickle;

/** A reference to something that is stored outside of the pickle; equal only to itself. */
public final class PersistentId {

  private final Object id;

  /**
   * A reference.
   *
   * @param id what names the thing, any pickle value
   */
  public PersistentId(Object id) {
    this.id = id;
  }

  /** What names the thing, any pickle value. */
  public Object id() {
    return id;
  }

  @Override
  public String toString() {
    return "a persistent id";
  }
}
