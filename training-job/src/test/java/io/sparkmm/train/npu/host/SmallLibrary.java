package io.sparkmm.train.npu.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkmm.train.npu.standin.StandInBuild;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Makes real shared libraries of a few functions with the C compiler of the machine. */
final class SmallLibrary {
  private SmallLibrary() {}

  /** Skips the test where there is no C compiler. */
  static void assumeCompiler() {
    assumeTrue(
        StandInBuild.compilerVersion().isPresent(), "there is no gcc that can make libraries");
  }

  /** Compiles a source text to a library; the options come last. */
  static Path compile(Path file, String source, String... options) throws Exception {
    Files.createDirectories(file.getParent());
    Path text = Files.writeString(file.resolveSibling(file.getFileName() + ".c"), source);
    List<String> command =
        new ArrayList<>(
            List.of(
                "gcc",
                "-shared",
                "-fPIC",
                "-Wl,-soname," + file.getFileName(),
                "-o",
                file.toString(),
                text.toString()));
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return file;
  }

  /** Changes the processor that a library says it is made for. */
  static void setMachine(Path file, int machine) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putShort(18, (short) machine);
    Files.write(file, bytes);
  }

  /** Changes one text of a library into another of the same length. */
  static void replace(Path file, String from, String to) throws IOException {
    assertThat(to).hasSameSizeAs(from);
    String content = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertThat(content).contains(from);
    Files.writeString(file, content.replace(from, to), StandardCharsets.ISO_8859_1);
  }
}
