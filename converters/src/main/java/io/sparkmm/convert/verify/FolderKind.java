package io.sparkmm.convert.verify;

import java.nio.file.Path;

/** A kind of folder that can be checked. */
public interface FolderKind {

  /** Name for reports. */
  String name();

  /** Whether a folder is of this kind, to judge by the names in it. */
  boolean matches(Path folder);

  /** Checks a folder of this kind; what is wrong with it is reported and not thrown. */
  VerifyReport check(Path folder);
}
