package io.sparkmm.train.npu;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The functions of an interface, looked up in several libraries once: the first library that has a
 * name serves it.
 */
final class SymbolTable<T> {
  private final Class<T> type;
  private final Map<Method, Function> functions = new HashMap<>();
  private final List<String> missing = new ArrayList<>();
  private final Set<String> absent = new TreeSet<>();

  private SymbolTable(Class<T> type) {
    this.type = type;
  }

  /** Looks all functions of {@code type} up in the order of {@code libraries}. */
  static <T> SymbolTable<T> of(Class<T> type, List<NativeLibrary> libraries) {
    SymbolTable<T> table = new SymbolTable<>(type);
    Stream.of(type.getMethods())
        .sorted(Comparator.comparing(Method::getName))
        .forEach(method -> table.resolve(method, libraries));
    return table;
  }

  /** Required functions that no library has, in alphabetical order. */
  List<String> missing() {
    return List.copyOf(missing);
  }

  /** Optional functions that no library has, in alphabetical order. */
  Set<String> absent() {
    return new TreeSet<>(absent);
  }

  /** An object that calls the functions. */
  T bind() {
    InvocationHandler calls =
        (self, method, arguments) -> {
          if (method.getDeclaringClass() == Object.class) {
            return invokeObjectMethod(self, method, arguments);
          }
          Function function = functions.get(method);
          if (function == null) {
            throw new UnsupportedOperationException(
                "Cannot call " + method.getName() + ": the installed libraries do not have it");
          }
          return function.invoke(method.getReturnType(), arguments == null ? NONE : arguments);
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, calls));
  }

  private static final Object[] NONE = {};

  private static Object invokeObjectMethod(Object self, Method method, Object[] arguments) {
    return switch (method.getName()) {
      case "equals" -> self == arguments[0];
      case "hashCode" -> System.identityHashCode(self);
      default -> method.getDeclaringClass().getSimpleName() + " functions";
    };
  }

  private void resolve(Method method, List<NativeLibrary> libraries) {
    Optional<Function> found =
        libraries.stream().flatMap(library -> find(library, method.getName()).stream()).findFirst();
    if (found.isPresent()) {
      functions.put(method, found.get());
    } else if (method.isAnnotationPresent(OptionalSymbol.class)) {
      absent.add(method.getName());
    } else {
      missing.add(method.getName());
    }
  }

  private static Optional<Function> find(NativeLibrary library, String name) {
    try {
      return Optional.of(library.getFunction(name));
    } catch (UnsatisfiedLinkError unknown) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return functions.values().stream()
        .map(Function::getName)
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
