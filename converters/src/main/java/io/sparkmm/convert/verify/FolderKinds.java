package io.sparkmm.convert.verify;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All kinds of folders; the first that matches is taken. */
public final class FolderKinds {

  private final Map<String, FolderKind> kinds = new LinkedHashMap<>();

  private FolderKinds(List<FolderKind> all) {
    for (FolderKind kind : all) {
      FolderKind other = kinds.putIfAbsent(kind.name(), kind);
      if (other != null) {
        throw new IllegalArgumentException(
            "Cannot register "
                + kind.getClass().getName()
                + ": "
                + other.getClass().getName()
                + " has the name "
                + kind.name());
      }
    }
  }

  /** These kinds, in this order. */
  static FolderKinds of(List<FolderKind> all) {
    return new FolderKinds(all);
  }

  /** Folders with a manifest, distributed checkpoints, rank folders, safetensors files. */
  public static FolderKinds standard() {
    return of(
        List.of(
            new ManifestFolder(),
            new DistributedFolder(),
            new RankFolder(),
            new SafetensorsFolder()));
  }

  /** The kind of a folder. */
  public Optional<FolderKind> find(Path folder) {
    return kinds.values().stream().filter(kind -> kind.matches(folder)).findFirst();
  }
}
