package io.sparkmm.convert.verify;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.manifest.ConversionManifest;
import io.sparkmm.convert.mm.Tracker;
import io.sparkmm.convert.plan.OutputFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The check behind {@code mm-convert verify}. */
public final class FolderVerifier {

  private FolderVerifier() {}

  /**
   * Checks a folder: every byte against its manifest where there is one, otherwise what its kind
   * allows. The folder around a tracker file stands for the iteration that the file names.
   */
  public static VerifyReport verify(Path folder) {
    Path checked = folder;
    Path tracker = folder.resolve(OutputFolder.TRACKER);
    if (Files.exists(tracker) && !Files.exists(folder.resolve(ConversionManifest.FILE_NAME))) {
      try {
        checked = Tracker.iteration(folder, Optional.empty());
      } catch (ConvertException e) {
        return new VerifyReport("checkpoint", 0, 0, 0, e.problems(), List.of());
      }
    }
    return FolderKinds.standard().find(checked).orElseGet(SafetensorsFolder::new).check(checked);
  }
}
