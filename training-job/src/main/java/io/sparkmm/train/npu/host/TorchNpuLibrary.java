package io.sparkmm.train.npu.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file {@code libtorch_npu.so}, looked at without loading it. What does not fit would otherwise
 * show as a loader's error about one of many symbols, or as a crash.
 *
 * @param file the library
 * @param elf what it says about itself
 */
public record TorchNpuLibrary(Path file, ElfFile elf) {
  /** Name of the library. */
  public static final String NAME = "libtorch_npu.so";

  /**
   * Functions that are called by their mangled names (torch_npu, {@code libs/init_npu.h}): {@code
   * torch_npu::init_npu(int8)}, {@code torch_npu::finalize_npu()}, {@code
   * torch::npu::synchronize(int64)}.
   */
  public static final List<String> ENTRY_POINTS =
      List.of(
          "_ZN5torch3npu11synchronizeEl",
          "_ZN9torch_npu12finalize_npuEv",
          "_ZN9torch_npu8init_npuEa");

  private static final String PYTHON = "libtorch_python.so";
  private static final String BUILD =
      "build it without Python: _GLIBCXX_USE_CXX11_ABI=1 python build_libtorch_npu.py in the"
          + " sources of torch_npu";

  /** Mangled names in the namespaces c10, at, torch and caffe2, with or without a const method. */
  private static final Pattern OF_TORCH = Pattern.compile("_ZN?K?(3c10|2at|5torch|6caffe2).*");

  private static final Pattern PYTHON_VERSION =
      Pattern.compile("(?m)^__version__ *= *['\"]([^'\"]+)['\"]");
  private static final int SHOWN_SYMBOLS = 20;

  /**
   * The facts that a library is checked against.
   *
   * @param machine code of this process's processor, as in {@link ElfFile#machine}
   * @param glibc version of the C library
   * @param torch version of the libtorch that is or will be loaded
   * @param cann the installation of CANN
   */
  public record Host(int machine, Version glibc, Version torch, CannInstallation cann) {}

  /**
   * Finds and checks the library.
   *
   * @param folder a folder with the library, or with {@code lib/} that has it, as the build makes
   *     it
   * @throws HostException naming the first thing that does not fit
   */
  public static TorchNpuLibrary require(Path folder, Host host) {
    Path file =
        List.of(folder.resolve(NAME), folder.resolve("lib").resolve(NAME)).stream()
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow(
                () ->
                    new HostException(
                        "Cannot find "
                            + NAME
                            + ": neither "
                            + folder
                            + " nor its lib has it; "
                            + BUILD
                            + ", and name the folder libtorch_npu that it makes in"
                            + " spark.sparkmm.npu.torchNpu"));
    TorchNpuLibrary library = new TorchNpuLibrary(file, ElfFile.read(file));
    library.checkMachine(host);
    library.checkPython();
    requireGlibc(file, library.elf, host.glibc());
    library.version().ifPresent(version -> TorchPairs.check(host.torch(), version, host.cann()));
    library.checkEntryPoints();
    return library;
  }

  /**
   * Checks that the C library is new enough for another library.
   *
   * @throws HostException if it is older than what the file wants
   */
  public static void requireGlibc(Path file, ElfFile elf, Version glibc) {
    Optional<Version> wanted = elf.glibc();
    if (wanted.isPresent() && wanted.get().compareTo(glibc) > 0) {
      throw new HostException(
          "Cannot load "
              + file
              + ": it needs glibc "
              + wanted.get()
              + " and this host has "
              + glibc
              + "; use a newer operating system or container image, or a library built on one as"
              + " old as this");
    }
  }

  /**
   * Checks that libtorch has what the library needs of it.
   *
   * @param offered names that the loaded parts of libtorch define
   * @throws HostException listing what is missing
   */
  public void requireFrom(Set<String> offered, Version torch) {
    List<String> missing =
        new TreeSet<>(elf.undefined())
            .stream()
                .filter(name -> OF_TORCH.matcher(name).matches())
                .filter(name -> !offered.contains(name))
                .toList();
    if (!missing.isEmpty()) {
      List<String> shown = missing.subList(0, Math.min(SHOWN_SYMBOLS, missing.size()));
      throw new HostException(
          "Cannot use "
              + file
              + " with torch "
              + torch
              + ": it was built for another version or C++ ABI of torch, because "
              + missing.size()
              + " functions are missing: "
              + String.join(", ", shown)
              + (shown.size() < missing.size() ? ", ..." : "")
              + "; releases of torch_npu for this torch: "
              + TorchPairs.releasesFor(torch)
              + "; "
              + BUILD);
    }
  }

  /** Version of torch_npu, where a file beside the library tells it. */
  public Optional<Version> version() {
    Path folder = file.toAbsolutePath().getParent();
    List<Path> folders = new ArrayList<>(List.of(folder));
    if (folder.getParent() != null) {
      folders.add(folder.getParent());
    }
    for (Path each : folders) {
      Optional<String> plain = text(each.resolve("version.txt"));
      if (plain.isPresent()) {
        return Version.parse(plain.get().strip());
      }
      Matcher python = PYTHON_VERSION.matcher(text(each.resolve("version.py")).orElse(""));
      if (python.find()) {
        return Version.parse(python.group(1));
      }
    }
    return Optional.empty();
  }

  private void checkMachine(Host host) {
    if (elf.machine() != host.machine()) {
      throw new HostException(
          "Cannot load "
              + file
              + ": it is made for "
              + ElfFile.machineName(elf.machine())
              + " and this process runs on "
              + ElfFile.machineName(host.machine())
              + "; "
              + BUILD
              + " on a host of this kind");
    }
  }

  private void checkPython() {
    if (elf.needed().stream().anyMatch(PYTHON::equals)) {
      throw new HostException(
          "Cannot load "
              + file
              + ": it is the library of the Python package, linked with "
              + PYTHON
              + "; "
              + BUILD);
    }
  }

  private void checkEntryPoints() {
    List<String> missing =
        ENTRY_POINTS.stream().filter(name -> !elf.defined().contains(name)).toList();
    if (!missing.isEmpty()) {
      throw new HostException(
          "Cannot use "
              + file
              + ": functions are missing: "
              + String.join(", ", missing)
              + "; only a build for C++ has them: "
              + BUILD);
    }
  }

  private static Optional<String> text(Path file) {
    try {
      return Files.isReadable(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
