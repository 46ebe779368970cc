package io.sparkmm.convert.pickle;

/**
 * The name of a class or function. It is data: nothing of that name is searched, loaded or called.
 *
 * @param module dotted module, such as {@code torch._utils}
 * @param name name in the module, possibly dotted, such as {@code _rebuild_tensor_v2}
 */
public record Global(String module, String name) {

  @Override
  public String toString() {
    return PickleText.shorten(module) + "." + PickleText.shorten(name);
  }
}
