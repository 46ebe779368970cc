package io.sparkmm.train.npu.standin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Builds the software stand-in of CANN from {@code src/test/c} with gcc, once for all test
 * processes and again only when a source or the compiler changes. Test code: nothing of it is
 * packaged.
 */
public final class StandInBuild {
  /** How a CANN installation spreads the functions over libraries. */
  public enum Layout {
    /** Up to CANN 8.3: {@code libascendcl.so} and {@code libhccl.so}. */
    JOINED,
    /** Since CANN 8.5: {@code libacl_rt.so}, {@code libhcomm.so} and {@code libhccl.so}. */
    SPLIT
  }

  private static final List<String> RUNTIME =
      List.of("report.c", "device.c", "memory.c", "stream.c", "event.c");
  private static final List<String> MANAGEMENT =
      List.of(
          "region.c", "config.c", "ranktable.c", "comm.c", "comminfo.c", "subcomm.c", "launch.c");
  private static final List<String> OPERATIONS =
      List.of("call.c", "ops.c", "varied.c", "move.c", "reduce.c", "p2p.c");
  private static final List<String> PROGRAMS = List.of("collectives", "contract");

  /** What later compilers remark upon is for those who use them, not a reason for tests to fail. */
  private static final int STRICT_UP_TO = 12;

  /** Cut messages are meant to be cut. */
  private static final List<String> FLAGS =
      List.of(
          "-std=gnu11",
          "-O3",
          "-g",
          "-fPIC",
          "-fvisibility=hidden",
          "-pthread",
          "-Wall",
          "-Wextra",
          "-Wno-format-truncation",
          "-Iinclude",
          "-I.");

  private static Optional<Path> built = Optional.empty();
  private static boolean strict;

  private StandInBuild() {}

  /**
   * Returns a folder laid out as {@code ASCEND_HOME_PATH} is, with the libraries in {@code lib64}.
   * Skips the calling test with a message where the stand-in cannot be built.
   */
  public static Path home(Layout layout) {
    return folder().resolve(layout == Layout.JOINED ? "joined" : "split");
  }

  /** Returns the folder of the libraries of a layout; skips the test as {@link #home} does. */
  public static Path libraries(Layout layout) {
    return home(layout).resolve("lib64");
  }

  /** Returns a driver program, linked with the joined libraries; skips as {@link #home} does. */
  public static Path program(String name) {
    return folder().resolve("joined").resolve("bin").resolve(name);
  }

  /** Returns the folder of the C sources. */
  public static Path sources() {
    return module().resolve("src/test/c");
  }

  private static synchronized Path folder() {
    if (built.isEmpty()) {
      Optional<String> compiler = compilerVersion();
      Assumptions.assumeTrue(
          compiler.isPresent() && "Linux".equals(System.getProperty("os.name")),
          "skipped: the software stand-in of CANN needs gcc, with a linker and the headers of the C"
              + " library, on Linux to be built");
      String version = compiler.orElseThrow();
      strict = Integer.parseInt(version.replaceFirst("\\D.*", "")) <= STRICT_UP_TO;
      built = Optional.of(build(version));
    }
    return built.orElseThrow();
  }

  private static Path module() {
    Path base = Path.of(System.getProperty("basedir", System.getProperty("user.dir")));
    return Files.isDirectory(base.resolve("src/test/c")) ? base : base.resolve("training-job");
  }

  private static Path build(String compiler) {
    Path target = module().resolve("target/stand-in");
    try {
      Files.createDirectories(target);
      try (FileChannel channel =
              FileChannel.open(
                  target.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        Path stamp = target.resolve("built-from");
        String wanted = fingerprint(compiler);
        if (!lock.isValid() || !Files.exists(stamp) || !Files.readString(stamp).equals(wanted)) {
          Files.deleteIfExists(stamp);
          compile(target.resolve("joined"), Layout.JOINED);
          compile(target.resolve("split"), Layout.SPLIT);
          Files.writeString(stamp, wanted);
        }
      }
      return target;
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  private static void compile(Path home, Layout layout) throws IOException {
    Path libraries = Files.createDirectories(home.resolve("lib64"));
    if (layout == Layout.JOINED) {
      library(libraries, "libascendcl.so", RUNTIME, List.of());
      library(libraries, "libhccl.so", join(MANAGEMENT, OPERATIONS), List.of("-lascendcl"));
      Path programs = Files.createDirectories(home.resolve("bin"));
      for (String program : PROGRAMS) {
        List<String> command = gcc("-o", programs.resolve(program).toString());
        command.addAll(
            List.of("driver/" + program + ".c", "-L" + libraries, "-lhccl", "-lascendcl"));
        command.add("-Wl,-rpath,$ORIGIN/../lib64");
        run(command);
      }
      return;
    }
    library(libraries, "libacl_rt.so", RUNTIME, List.of());
    library(libraries, "libascendcl.so", List.of(), List.of("-Wl,--no-as-needed", "-lacl_rt"));
    library(libraries, "libhcomm.so", MANAGEMENT, List.of("-lacl_rt"));
    library(
        libraries, "libhccl.so", OPERATIONS, List.of("-Wl,--no-as-needed", "-lhcomm", "-lacl_rt"));
  }

  private static void library(
      Path folder, String name, List<String> sources, List<String> dependencies) {
    List<String> command = gcc("-shared", "-Wl,-soname," + name, "-Wl,-z,defs,-z,nodelete");
    command.addAll(List.of("-o", folder.resolve(name).toString()));
    command.addAll(sources);
    command.add("-L" + folder);
    command.addAll(dependencies);
    command.add("-Wl,-rpath,$ORIGIN");
    run(command);
  }

  private static List<String> gcc(String... first) {
    List<String> command = new ArrayList<>(List.of("gcc"));
    command.addAll(FLAGS);
    if (strict) {
      command.add("-Werror");
    }
    command.addAll(List.of(first));
    return command;
  }

  private static void run(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(sources().toFile())
              .redirectErrorStream(true)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("Cannot build the stand-in of CANN: " + output);
      }
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(problem);
    }
  }

  /** Version of a C compiler that can make libraries; empty where there is none. */
  public static Optional<String> compilerVersion() {
    try {
      Path trial = Files.createTempFile("trial", ".so");
      try {
        return output(
                List.of("gcc", "-shared", "-fPIC", "-pthread", "-o", trial.toString(), "-xc", "-"),
                "#include <linux/futex.h>\n#include <pthread.h>\n#include <stdio.h>\n")
            .flatMap(made -> output(List.of("gcc", "-dumpfullversion", "-dumpversion"), ""));
      } finally {
        Files.delete(trial);
      }
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  /** What a program prints; empty if it cannot be run or fails. */
  private static Optional<String> output(List<String> command, String input) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (OutputStream stream = process.getOutputStream()) {
        stream.write(input.getBytes(UTF_8));
      }
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      return process.waitFor() == 0 ? Optional.of(output.strip()) : Optional.empty();
    } catch (IOException problem) {
      return Optional.empty();
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(problem);
    }
  }

  private static String fingerprint(String compiler) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException problem) {
      throw new IllegalStateException(problem);
    }
    digest.update((compiler + FLAGS).getBytes(UTF_8));
    List<Path> files;
    try (Stream<Path> found = Files.walk(sources())) {
      files = found.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      digest.update(sources().relativize(file).toString().getBytes(UTF_8));
      digest.update(Files.readAllBytes(file));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static List<String> join(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
