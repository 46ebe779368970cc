package io.sparkmm.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.mm.Tracker;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.torch.TorchFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A pipe to which nobody writes lets whoever opens it wait for ever. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SourceChannelTest {

  @TempDir private Path folder;

  @Test
  void noReaderWaitsForAPipe() throws Exception {
    Path pipe = pipe("latest_checkpointed_iteration.txt");

    assertThatThrownBy(() -> SafetensorsFile.open(pipe))
        .hasMessage("Cannot read " + pipe + ": it is no regular file");
    assertThatThrownBy(() -> TorchFile.open(pipe))
        .hasMessage("Cannot read " + pipe + ": it is no regular file");
    assertThatThrownBy(() -> Tracker.iteration(folder, Optional.empty()))
        .hasMessage("Cannot read " + pipe + ": it is no regular file");
  }

  @Test
  void filesAndLinksToThemAreOpened() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "abc");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);

    try (FileChannel channel = SourceChannel.open(link)) {
      assertThat(channel.size()).isEqualTo(3);
    }
    assertThatThrownBy(() -> SourceChannel.open(folder.resolve("absent")))
        .isInstanceOf(NoSuchFileException.class);
  }

  private Path pipe(String name) throws IOException, InterruptedException {
    Path path = folder.resolve(name);
    Process process;
    try {
      process = new ProcessBuilder("mkfifo", path.toString()).start();
    } catch (IOException e) {
      Assumptions.abort("needs the program mkfifo");
      throw e;
    }
    assertThat(process.waitFor()).isZero();
    return path;
  }
}
