package io.sparkmm.train.lora;

import io.sparkmm.train.nn.Parameter;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Names of an adapted model's tensors in files: PEFT puts {@code base_model.model.} in front of the
 * names, and Hugging Face models under MindSpeed-MM one more {@code model.}.
 */
public final class LoraNames {
  private static final String PEFT = "base_model.model.";
  private static final String WRAPPER = "model.";
  private static final String ADAPTER = ".lora_";
  private static final String ANONYMOUS = ".weight";
  private static final String NAMED = ".default.weight";
  private static final String BASE = ".base_layer.";

  private LoraNames() {}

  /** Name of a parameter in a distributed checkpoint. */
  public static String stored(Parameter parameter) {
    return parameter.role().isAdapter() ? PEFT + WRAPPER + parameter.name() : parameter.name();
  }

  /** Name of an adapter's parameter in the file that PEFT reads, which leaves its name out. */
  static String inPeftFile(String parameter) {
    return PEFT + parameter.substring(0, parameter.length() - NAMED.length()) + ANONYMOUS;
  }

  /** Whether a tensor of a file belongs to an adapter. */
  public static boolean isAdapter(String name) {
    return name.contains(ADAPTER);
  }

  /** Names that the parameter may have whose tensor has a name in a file; that name comes first. */
  public static Set<String> candidates(String name) {
    Set<String> names = new LinkedHashSet<>();
    names.add(name);
    String plain = name.replace(BASE, ".");
    if (isAdapter(plain) && !plain.endsWith(NAMED) && plain.endsWith(ANONYMOUS)) {
      plain = plain.substring(0, plain.length() - ANONYMOUS.length()) + NAMED;
    }
    names.add(plain);
    if (plain.startsWith(PEFT)) {
      String inner = plain.substring(PEFT.length());
      names.add(inner);
      if (inner.startsWith(WRAPPER)) {
        names.add(inner.substring(WRAPPER.length()));
      }
    }
    return names;
  }
}
