package io.sparkmm.convert.model;

import io.sparkmm.convert.ConvertException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The model families by the name of their converter. */
public final class ModelFamilies {

  private final SortedMap<String, ModelFamily> byName = new TreeMap<>();

  private ModelFamilies(Collection<ModelFamily> families) {
    for (ModelFamily family : families) {
      ModelFamily other = byName.put(family.converterName(), family);
      if (other != null) {
        throw new IllegalArgumentException(
            "Cannot register converter "
                + family.converterName()
                + " twice: "
                + other.getClass().getName()
                + " and "
                + family.getClass().getName());
      }
    }
  }

  /** All families that are built in. */
  public static ModelFamilies standard() {
    return of(
        List.of(
            new Qwen2VlFamily(), new Qwen25VlFamily(), new InternVlFamily(), new Qwen3VlFamily()));
  }

  /**
   * A registry of the given families.
   *
   * @throws IllegalArgumentException naming both classes when two have the same name
   */
  public static ModelFamilies of(Collection<ModelFamily> families) {
    return new ModelFamilies(families);
  }

  /** The families, sorted by name. */
  public Collection<ModelFamily> all() {
    return Collections.unmodifiableCollection(byName.values());
  }

  /**
   * The family of a converter.
   *
   * @throws ConvertException of kind USAGE when there is none
   */
  public ModelFamily family(String converterName) {
    ModelFamily family = byName.get(converterName);
    if (family == null) {
      throw ConvertException.usage(
          "Cannot find converter " + converterName + "; known are " + byName.keySet());
    }
    return family;
  }
}
