package io.sparkmm.train.npu.host;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Which releases of torch_npu are made for which torch and CANN (torch_npu, compatibility table of
 * its README).
 */
final class TorchPairs {
  /**
   * A released pair.
   *
   * @param torchNpu version of torch_npu, which begins with that of its torch
   * @param cann oldest CANN that it is made for
   */
  record Pair(String torchNpu, Version cann) {
    Version torch() {
      return Version.of(torchNpu);
    }
  }

  private static final List<Pair> PAIRS =
      List.of(
          new Pair("2.7.1", Version.of("8.3.RC1")),
          new Pair("2.7.1.post2", Version.of("8.5.0")),
          new Pair("2.7.1.post4", Version.of("9.0.0")),
          new Pair("2.7.1.post8", Version.of("9.1.0")),
          new Pair("2.8.0", Version.of("8.3.RC1")),
          new Pair("2.8.0.post2", Version.of("8.5.0")),
          new Pair("2.8.0.post4", Version.of("9.0.0")),
          new Pair("2.9.0", Version.of("8.5.0")),
          new Pair("2.9.0.post2", Version.of("9.0.0")),
          new Pair("2.9.0.post6", Version.of("9.1.0")),
          new Pair("2.10.0.post2", Version.of("9.0.0")),
          new Pair("2.10.0.post4", Version.of("9.1.0")),
          new Pair("2.11.0", Version.of("9.1.0")),
          new Pair("2.12.0", Version.of("9.1.0")));

  private TorchPairs() {}

  /** Releases of torch_npu for a torch, as part of a sentence. */
  static String releasesFor(Version torch) {
    String found =
        PAIRS.stream()
            .filter(pair -> pair.torch().sameNumbers(torch))
            .map(pair -> pair.torchNpu() + " (CANN " + pair.cann() + ")")
            .collect(Collectors.joining(", "));
    return found.isEmpty() ? "none that is known here" : found;
  }

  /**
   * Checks versions against each other; one that is not known here passes.
   *
   * @throws HostException if torch_npu is made for another torch, or for a newer CANN
   */
  static void check(Version torch, Version torchNpu, CannInstallation cann) {
    if (!torchNpu.sameNumbers(torch)) {
      throw new HostException(
          "Cannot use torch_npu "
              + torchNpu
              + " with torch "
              + torch
              + ": their first three numbers must be equal; releases of torch_npu for torch "
              + torch
              + ": "
              + releasesFor(torch));
    }
    PAIRS.stream()
        .filter(pair -> pair.torchNpu().equals(plain(torchNpu.text())))
        .findFirst()
        .ifPresent(pair -> checkCann(pair, cann));
  }

  private static void checkCann(Pair pair, CannInstallation cann) {
    if (cann.version().isPresent() && cann.version().get().compareTo(pair.cann()) < 0) {
      throw new HostException(
          "Cannot use torch_npu "
              + pair.torchNpu()
              + " with CANN "
              + cann.version().get()
              + " in "
              + cann.home()
              + ": it is made for CANN "
              + pair.cann()
              + "; install that CANN, or one of these releases of torch_npu: "
              + releasesFor(pair.torch()));
    }
  }

  /** Without what a build of one's own adds, such as {@code +git1234}. */
  private static String plain(String version) {
    return version.split("\\+", 2)[0];
  }
}
