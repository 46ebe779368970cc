package io.sparkmm.train.npu.standin;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes a program in C and C++ from the table: it prints what the headers say in the table's own
 * format and does not compile where a function has another type.
 */
final class AbiProgram {
  private static final Map<String, Integer> CLASS_BYTES =
      Map.of(
          "int32", 4, "uint32", 4, "union32", 4, "int64", 8, "uint64", 8, "pointer", 8, "cstring",
          8);

  private AbiProgram() {}

  static String of(List<AbiTable.Entry> entries) {
    List<String> lines = new ArrayList<>();
    lines.add("#include \"acl/acl.h\"");
    lines.add("#include \"hccl/hccl.h\"");
    lines.add("#include <stddef.h>");
    lines.add("#include <stdio.h>");
    lines.add("#ifdef __cplusplus");
    lines.add("#include <type_traits>");
    lines.add(
        "#define SAME(f, ...) static_assert(std::is_same<decltype(f), __VA_ARGS__>::value, #f)");
    lines.add("#else");
    lines.add("#define static_assert _Static_assert");
    lines.add(
        "#define SAME(f, ...) static_assert("
            + "__builtin_types_compatible_p(__typeof__(f), __VA_ARGS__), #f)");
    lines.add("#endif");
    for (AbiTable.Entry entry : entries) {
      if (entry.kind().equals("function")) {
        lines.add("SAME(%s, %s(%s));".formatted(entry.field(3), entry.field(2), entry.field(4)));
      }
      if (entry.kind().equals("type")) {
        lines.add(
            "static_assert(sizeof(%s) == %d, \"%s\");"
                .formatted(entry.field(0), CLASS_BYTES.get(entry.field(1)), entry.field(0)));
      }
    }
    lines.add("int main(void) {");
    entries.forEach(entry -> print(entry, lines));
    lines.add("return 0; }");
    return String.join("\n", lines) + "\n";
  }

  private static void print(AbiTable.Entry entry, List<String> lines) {
    switch (entry.kind()) {
      case "const" ->
          lines.add(
              entry.field(1).startsWith("0x")
                  ? call(entry, 1, "0x%llx", entry.field(0))
                  : call(entry, 1, "%llu", entry.field(0)));
      case "enum" -> lines.add(call(entry, 2, "%lld", entry.field(1)));
      case "struct" -> lines.add(call(entry, 1, "%llu", "sizeof(" + entry.field(0) + ")"));
      case "field" -> {
        String member = entry.field(0) + ", " + entry.field(1);
        lines.add(
            "printf(\"field | %s | %s | %%zu | %%zu\\n\", offsetof(%s), sizeof(((%s *)0)->%s));"
                .formatted(entry.field(0), entry.field(1), member, entry.field(0), entry.field(1)));
      }
      default -> {
        // Types and functions are checked by the compiler.
      }
    }
  }

  private static String call(AbiTable.Entry entry, int names, String format, String value) {
    String line = entry.kind() + " | " + String.join(" | ", entry.fields().subList(0, names));
    return String.format(
        Locale.ROOT, "printf(\"%s | %s\\n\", (unsigned long long)(%s));", line, format, value);
  }
}
