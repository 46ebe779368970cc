package io.sparkmm.convert.verify;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.SmallFile;
import io.sparkmm.convert.manifest.ConversionManifest;
import io.sparkmm.convert.manifest.ConversionManifestParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A folder with a manifest: every byte of every file. */
final class ManifestFolder implements FolderKind {

  private static final Set<String> WEIGHTS = Set.of("safetensors", "pt", "distcp");

  @Override
  public String name() {
    return "every byte against " + ConversionManifest.FILE_NAME;
  }

  @Override
  public boolean matches(Path folder) {
    return Files.isRegularFile(folder.resolve(ConversionManifest.FILE_NAME));
  }

  @Override
  public VerifyReport check(Path folder) {
    Path path = folder.resolve(ConversionManifest.FILE_NAME);
    ConversionManifest manifest;
    try {
      manifest = ConversionManifestParser.fromJson(SmallFile.text(path), path.toString());
    } catch (ConvertException e) {
      return new VerifyReport(name(), 0, 0, 0, e.problems(), List.of());
    } catch (IOException e) {
      String problem = "Cannot read " + path + ": " + e.getMessage();
      return new VerifyReport(name(), 0, 0, 0, List.of(problem), List.of());
    }
    List<String> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    TreeSet<String> unknown = new TreeSet<>(Names.below(folder));
    unknown.remove(ConversionManifest.FILE_NAME);
    int tensors = 0;
    long bytes = 0;
    for (ConversionManifest.File file : manifest.files()) {
      unknown.remove(file.path());
      tensors += file.tensors().size();
      bytes += file.size();
      new FileCheck(folder, file, problems).run();
    }
    for (String extra : unknown) {
      String text = extra + " is not in the manifest";
      boolean isWeights = WEIGHTS.contains(extra.substring(extra.lastIndexOf('.') + 1));
      (isWeights ? problems : warnings).add(text);
    }
    return new VerifyReport(name(), manifest.files().size(), tensors, bytes, problems, warnings);
  }
}
