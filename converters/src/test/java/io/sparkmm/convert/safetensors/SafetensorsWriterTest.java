package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SafetensorsWriterTest {

  private static final TensorSpec A = TensorSpec.of("a", DType.F32, 2);
  private static final TensorSpec B = TensorSpec.of("b", DType.U8, 3);
  private static final List<TensorSpec> SPECS = List.of(A, B);

  @TempDir private Path folder;

  private Path target() {
    return folder.resolve("out.safetensors");
  }

  private SafetensorsWriter create() {
    return SafetensorsWriter.create(target(), SPECS, Map.of());
  }

  private static ReadableByteChannel channel(byte[] bytes) {
    return java.nio.channels.Channels.newChannel(new ByteArrayInputStream(bytes));
  }

  @Test
  void takesTensorsInAnyOrderAndInPieces() {
    byte[] a = TestFiles.pattern(A);
    byte[] b = TestFiles.pattern(B);
    try (SafetensorsWriter out = create()) {
      out.append("b", ByteBuffer.wrap(b, 0, 1));
      out.append("a", ByteBuffer.wrap(a, 0, 5));
      out.append("b", ByteBuffer.wrap(b, 1, 2));
      out.appendFrom("a", channel(Arrays.copyOfRange(a, 5, 8)));
      out.commit();
    }
    try (SafetensorsFile file = SafetensorsFile.open(target())) {
      assertThat(TestFiles.content(file, "a")).isEqualTo(a);
      assertThat(TestFiles.content(file, "b")).isEqualTo(b);
    }
  }

  @Test
  void orderOfDeclarationAndOfWritingDoesNotMatter() throws IOException {
    Path first = TestFiles.write(target(), SPECS, TestFiles::pattern);
    List<TensorSpec> reversed = new ArrayList<>(SPECS);
    Collections.reverse(reversed);
    Path second = TestFiles.write(folder.resolve("second"), reversed, TestFiles::pattern);

    assertThat(second).hasBinaryContent(Files.readAllBytes(first));
  }

  @Test
  void leavesTheRestOfALongerChannelAlone() throws IOException {
    try (ReadableByteChannel source = channel(new byte[] {1, 2, 3, 4});
        SafetensorsWriter out = create()) {
      out.appendFrom("b", source);
      ByteBuffer rest = ByteBuffer.allocate(4);

      assertThat(source.read(rest)).isEqualTo(1);
      assertThat(rest.get(0)).isEqualTo((byte) 4);
    }
  }

  @Test
  void nothingIsVisibleBeforeCommit() {
    try (SafetensorsWriter out = create()) {
      out.append("b", ByteBuffer.allocate(3));

      assertThat(target()).doesNotExist();
      assertThat(TestFiles.names(folder)).singleElement().asString().startsWith(".out");
    }
  }

  @Test
  void closeWithoutCommitLeavesNothing() {
    try (SafetensorsWriter out = create()) {
      out.append("b", ByteBuffer.allocate(3));
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void closeWithoutCommitKeepsTheOlderFile() throws IOException {
    Files.writeString(target(), "older");
    try (SafetensorsWriter out = create()) {
      out.append("b", ByteBuffer.allocate(3));
    }
    assertThat(target()).hasContent("older");
  }

  @Test
  void commitReplacesAnOlderFile() throws IOException {
    Files.writeString(target(), "older");
    TestFiles.write(target(), SPECS, TestFiles::pattern);

    try (SafetensorsFile file = SafetensorsFile.open(target())) {
      assertThat(file.tensors()).hasSize(2);
    }
    assertThat(TestFiles.names(folder)).containsExactly("out.safetensors");
  }

  @Test
  void writesMetadataSortedByKey() throws IOException {
    try (SafetensorsWriter out =
        SafetensorsWriter.create(target(), List.of(), Map.of("z", "1", "a", "\"2\"\n"))) {
      out.commit();
    }
    assertThat(Files.readString(target()))
        .contains("{\"__metadata__\":{\"a\":\"\\\"2\\\"\\n\",\"z\":\"1\"}}");
    try (SafetensorsFile file = SafetensorsFile.open(target())) {
      assertThat(file.metadata()).isEqualTo(Map.of("a", "\"2\"\n", "z", "1"));
    }
  }

  @Test
  void refusesCommitWithMissingBytesAndListsTheTensors() {
    try (SafetensorsWriter out = create()) {
      out.append("a", ByteBuffer.allocate(3));

      assertThatExceptionOfType(SafetensorsException.class)
          .isThrownBy(out::commit)
          .withMessage(
              "Cannot write "
                  + target()
                  + ": bytes are missing of tensors a (3 of 8 bytes), b (0 of 3 bytes)")
          .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.TOO_FEW_BYTES));
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesMoreBytesThanDeclared() {
    try (SafetensorsWriter out = create()) {
      out.append("b", ByteBuffer.allocate(2));

      assertThatExceptionOfType(SafetensorsException.class)
          .isThrownBy(() -> out.append("b", ByteBuffer.allocate(2)))
          .withMessage("Cannot write " + target() + ": tensor b has 3 bytes, 4 were given")
          .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.TOO_MANY_BYTES));
    }
  }

  @Test
  void refusesAChannelThatEndsEarly() {
    try (SafetensorsWriter out = create()) {
      assertThatThrownBy(() -> out.appendFrom("a", channel(new byte[5])))
          .hasMessage(
              "Cannot write " + target() + ": bytes are missing of tensors a (5 of 8 bytes)");
    }
  }

  @Test
  void tellsSourceFailuresFromTargetFailures() {
    FilterInputStream failing =
        new FilterInputStream(InputStream.nullInputStream()) {
          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            throw new IOException("no more");
          }
        };
    try (SafetensorsWriter out = create()) {
      assertThatThrownBy(() -> out.appendFrom("a", java.nio.channels.Channels.newChannel(failing)))
          .hasMessage("Cannot write " + target() + ": the source of tensor a failed")
          .hasRootCauseMessage("no more");
    }
  }

  @Test
  void refusesTensorsThatWereNotDeclared() {
    try (SafetensorsWriter out = create()) {
      assertThatExceptionOfType(SafetensorsException.class)
          .isThrownBy(() -> out.append("c", ByteBuffer.allocate(1)))
          .withMessage("Cannot write " + target() + ": tensor c was not declared")
          .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.UNKNOWN_TENSOR));
    }
  }

  @Test
  void refusesNamesDeclaredTwice() {
    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> SafetensorsWriter.create(target(), List.of(A, B, A), Map.of()).close())
        .withMessage("Cannot write " + target() + ": tensor a was declared twice")
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.DUPLICATE_NAME));
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesTheReservedName() {
    TensorSpec reserved = TensorSpec.of("__metadata__", DType.U8);

    assertThatThrownBy(
            () -> SafetensorsWriter.create(target(), List.of(reserved), Map.of()).close())
        .hasMessage("Cannot write " + target() + ": a tensor must not be called __metadata__");
  }

  @Test
  void refusesUseAfterCommit() {
    try (SafetensorsWriter out = SafetensorsWriter.create(target(), List.of(), Map.of())) {
      out.commit();

      assertThatExceptionOfType(SafetensorsException.class)
          .isThrownBy(out::commit)
          .withMessage("Cannot write " + target() + ": it was closed before")
          .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CLOSED));
    }
  }

  @Test
  void saysWhenTheFolderIsMissing() {
    Path target = folder.resolve("absent/out.safetensors");

    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> SafetensorsWriter.create(target, SPECS, Map.of()).close())
        .withMessageStartingWith("Cannot write " + target + ": NoSuchFileException")
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.IO));
  }
}
