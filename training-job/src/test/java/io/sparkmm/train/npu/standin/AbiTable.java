package io.sparkmm.train.npu.standin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The C interface of ACL and HCCL as typed in from the public descriptions ({@code abi.txt}). */
record AbiTable(List<Entry> entries) {
  /** One line: its kind and the fields after it. */
  record Entry(String kind, List<String> fields) {
    String field(int index) {
      return fields.get(index);
    }

    /** The line as the check program prints it. */
    String line() {
      return kind + " | " + String.join(" | ", fields);
    }
  }

  static AbiTable read() {
    try (InputStream stream =
        Objects.requireNonNull(AbiTable.class.getResourceAsStream("/npu/abi.txt"), "npu/abi.txt")) {
      return new AbiTable(
          new String(stream.readAllBytes(), UTF_8)
              .lines()
              .filter(line -> !line.isBlank() && !line.startsWith("#"))
              .map(line -> Arrays.asList(line.split(" \\| ")))
              .map(parts -> new Entry(parts.get(0), parts.subList(1, parts.size())))
              .toList());
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  List<Entry> of(String kind) {
    return entries.stream().filter(entry -> entry.kind().equals(kind)).toList();
  }

  /** Names of the functions that a library exports: {@code acl}, {@code hcomm} or {@code hccl}. */
  List<String> functions(String... libraries) {
    return of("function").stream()
        .filter(entry -> Arrays.asList(libraries).contains(entry.field(0)))
        .map(entry -> entry.field(3))
        .toList();
  }
}
