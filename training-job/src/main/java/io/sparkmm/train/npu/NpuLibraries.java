package io.sparkmm.train.npu;

import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The ACL runtime and HCCL, loaded. Libraries are taken from the folders given, else from where the
 * dynamic loader looks ({@code LD_LIBRARY_PATH} of the moment when the process started).
 *
 * <p>ACL is {@code libascendcl.so}, or {@code libacl_rt.so} where only the newer name exists. The
 * collectives of HCCL are in {@code libhccl.so}; communicators are managed by that library up to
 * CANN 8.3 and by {@code libhcomm.so} since 8.5.
 */
public final class NpuLibraries {
  /** Environment variable that names the folder of a CANN installation. */
  public static final String HOME_VARIABLE = "ASCEND_HOME_PATH";

  /** {@code RTLD_NOW | RTLD_GLOBAL}: what is missing shows at once, and later libraries see all. */
  private static final int OPEN_FLAGS = 0x102;

  private static final List<String> ACL_NAMES = List.of("libascendcl.so", "libacl_rt.so");
  private static final String HCCL_NAME = "libhccl.so";
  private static final String COMM_NAME = "libhcomm.so";

  private final AclLibrary acl;
  private final HcclLibrary hccl;
  private final List<String> files;
  private final Set<String> absent;

  private NpuLibraries(AclLibrary acl, HcclLibrary hccl, List<String> files, Set<String> absent) {
    this.acl = acl;
    this.hccl = hccl;
    this.files = List.copyOf(files);
    this.absent = Set.copyOf(absent);
  }

  /** The folder of libraries of the CANN installation that the environment names, if any. */
  public static List<Path> foldersOf(Map<String, String> environment) {
    String home = environment.getOrDefault(HOME_VARIABLE, "");
    return home.isEmpty() ? List.of() : List.of(Path.of(home, "lib64"));
  }

  /**
   * Loads the libraries and looks all functions up.
   *
   * @param folders where to look first, in this order
   * @throws NpuLibraryException if a library cannot be loaded, with the loader's words for each
   *     place, or if functions are missing, with all their names
   */
  public static NpuLibraries open(List<Path> folders) {
    NativeLibrary runtime = require(ACL_NAMES, folders);
    NativeLibrary collectives = require(List.of(HCCL_NAME), folders);
    List<NativeLibrary> communication = new ArrayList<>(List.of(collectives));
    tryOpen(List.of(COMM_NAME), folders, new ArrayList<>()).ifPresent(communication::add);

    SymbolTable<AclLibrary> aclTable = SymbolTable.of(AclLibrary.class, List.of(runtime));
    SymbolTable<HcclLibrary> hcclTable = SymbolTable.of(HcclLibrary.class, communication);
    List<String> files = new ArrayList<>(List.of(name(runtime)));
    communication.forEach(library -> files.add(name(library)));
    List<String> missing = new ArrayList<>(aclTable.missing());
    missing.addAll(hcclTable.missing());
    if (!missing.isEmpty()) {
      throw new NpuLibraryException(
          String.format(
              "Cannot use %s: functions are missing: %s; install CANN 8.1 or newer and source its"
                  + " set_env.sh before the process starts",
              String.join(", ", files), String.join(", ", missing)));
    }
    Set<String> absent = new TreeSet<>(aclTable.absent());
    absent.addAll(hcclTable.absent());
    return new NpuLibraries(aclTable.bind(), hcclTable.bind(), files, absent);
  }

  /** The functions of the ACL runtime. */
  public AclLibrary acl() {
    return acl;
  }

  /** The functions of HCCL. */
  public HcclLibrary hccl() {
    return hccl;
  }

  /** Files that were loaded, or names where the loader found them by itself. */
  public List<String> files() {
    return files;
  }

  /** Whether an optional function is there. */
  public boolean has(String function) {
    return !absent.contains(function);
  }

  /** Optional functions that are not there, in alphabetical order. */
  public List<String> absent() {
    return absent.stream().sorted().toList();
  }

  private static NativeLibrary require(List<String> names, List<Path> folders) {
    List<String> problems = new ArrayList<>();
    return tryOpen(names, folders, problems)
        .orElseThrow(
            () ->
                new NpuLibraryException(
                    String.format(
                        "Cannot load %s: %s; source the set_env.sh of CANN before the process"
                            + " starts, so that %s and LD_LIBRARY_PATH are set",
                        String.join(" or ", names), String.join("; ", problems), HOME_VARIABLE)));
  }

  private static Optional<NativeLibrary> tryOpen(
      List<String> names, List<Path> folders, List<String> problems) {
    List<Path> searched = new ArrayList<>();
    for (String name : names) {
      for (Path folder : folders) {
        Path file = folder.resolve(name).toAbsolutePath().normalize();
        if (Files.exists(file)) {
          Optional<NativeLibrary> found = load(file.toString(), problems);
          if (found.isPresent()) {
            return found;
          }
        } else if (!searched.contains(folder)) {
          searched.add(folder);
        }
      }
    }
    if (!searched.isEmpty()) {
      problems.add(
          "not in " + searched.stream().map(Path::toString).collect(Collectors.joining(", ")));
    }
    for (String name : names) {
      Optional<NativeLibrary> found = load(name, problems);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<NativeLibrary> load(String nameOrPath, List<String> problems) {
    try {
      return Optional.of(
          NativeLibrary.getInstance(nameOrPath, Map.of(Library.OPTION_OPEN_FLAGS, OPEN_FLAGS)));
    } catch (UnsatisfiedLinkError problem) {
      problems.add(loaderWords(problem));
      return Optional.empty();
    }
  }

  /** The dynamic loader's first sentence, which stands below a heading in JNA's message. */
  private static String loaderWords(UnsatisfiedLinkError problem) {
    return String.valueOf(problem.getMessage())
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.endsWith(":"))
        .findFirst()
        .orElse("cannot be loaded");
  }

  private static String name(NativeLibrary library) {
    return library.getFile() == null ? library.getName() : library.getFile().toString();
  }
}
