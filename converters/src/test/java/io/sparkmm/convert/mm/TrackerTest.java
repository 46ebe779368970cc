package io.sparkmm.convert.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrackerTest {

  @TempDir Path root;

  @BeforeEach
  void makeIterations() throws IOException {
    Files.createDirectories(root.resolve("release"));
    Files.createDirectories(root.resolve("iter_0000200"));
    Files.createDirectories(root.resolve("iter_12345678"));
  }

  private void track(String text) throws IOException {
    Files.writeString(tracker(), text, StandardCharsets.UTF_8);
  }

  private Path tracker() {
    return root.resolve("latest_checkpointed_iteration.txt");
  }

  @ParameterizedTest
  @CsvSource({
    "release, release",
    "' release\n', release",
    "200, iter_0000200",
    "'0200\n', iter_0000200",
    "12345678, iter_12345678"
  })
  void findsTheIterationThatTheFileNames(String text, String folder) throws IOException {
    track(text);

    assertThat(Tracker.iteration(root, Optional.empty())).isEqualTo(root.resolve(folder));
  }

  @Test
  void theIterationAskedForNeedsNoFile() {
    assertThat(Tracker.iteration(root, Optional.of("200"))).isEqualTo(root.resolve("iter_0000200"));
    assertThat(Tracker.iteration(root, Optional.of("release"))).isEqualTo(root.resolve("release"));
  }

  @Test
  void aMissingFileIsTold() {
    assertThatThrownBy(() -> Tracker.iteration(root, Optional.empty()))
        .isInstanceOfSatisfying(
            ConvertException.class,
            failure -> assertThat(failure.kind()).isEqualTo(ConvertException.Kind.DATA))
        .hasMessage("Cannot find " + tracker() + ": no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  \n", "latest", "0", "-5", "2.5", "1e3", "Release", "../release"})
  void anythingElseInTheFileIsTold(String text) throws IOException {
    track(text);

    assertThatThrownBy(() -> Tracker.iteration(root, Optional.empty()))
        .hasMessage(
            "Invalid metadata file "
                + tracker()
                + ": it must say release or a positive number, not \""
                + text.strip()
                + "\"");
  }

  @Test
  void bytesThatAreNoTextAreTold() throws IOException {
    Files.write(tracker(), new byte[] {(byte) 0xff, (byte) 0xfe});

    assertThatThrownBy(() -> Tracker.iteration(root, Optional.empty()))
        .hasMessage("Invalid metadata file " + tracker() + ": it is no text");
  }

  @Test
  void aLargeFileIsNotRead() throws IOException {
    Files.write(tracker(), new byte[2000]);

    assertThatThrownBy(() -> Tracker.iteration(root, Optional.empty()))
        .hasMessage("Invalid metadata file " + tracker() + ": it has more than 1024 bytes");
  }

  @Test
  void anIterationThatIsNotThereIsTold() throws IOException {
    track("300");

    assertThatThrownBy(() -> Tracker.iteration(root, Optional.empty()))
        .hasMessage(
            "Cannot find "
                + root.resolve("iter_0000300")
                + ": no such folder, but "
                + tracker()
                + " names it");
    assertThatThrownBy(() -> Tracker.iteration(root, Optional.of("300")))
        .hasMessageEndingWith("no such folder, but iteration 300 was asked for");
  }

  @Test
  void anotherWordForTheIterationIsWrongUsage() {
    assertThatThrownBy(() -> Tracker.iteration(root, Optional.of("last")))
        .isInstanceOfSatisfying(
            ConvertException.class,
            failure -> assertThat(failure.kind()).isEqualTo(ConvertException.Kind.USAGE))
        .hasMessage("iteration last is neither release nor a positive number");
  }
}
