package io.sparkmm.train.fault;

import io.sparkmm.convert.dcp.DcpFile;
import io.sparkmm.convert.dcp.DcpMetadata;
import io.sparkmm.train.checkpoint.FileOps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * File operations of a worker whose disk may be full, or that may be killed, when it has written
 * its tensors of a checkpoint and is about to say so.
 */
public final class FaultyFileOps implements FileOps {
  private static final Pattern STAGING = Pattern.compile("\\.iter_([0-9]+)\\..*");

  private final FileOps files;
  private final FaultInjector faults;

  /** Wraps file operations. */
  public FaultyFileOps(FileOps files, FaultInjector faults) {
    this.files = Objects.requireNonNull(files, "files");
    this.faults = Objects.requireNonNull(faults, "faults");
  }

  @Override
  public void createFolder(Path folder) throws IOException {
    files.createFolder(folder);
  }

  @Override
  public DcpMetadata writeTensors(Path folder, DcpFile file) {
    return files.writeTensors(folder, file);
  }

  @Override
  public void writeMetadata(Path folder, List<DcpMetadata> parts) {
    files.writeMetadata(folder, parts);
  }

  @Override
  public void writeFile(Path file, byte[] bytes) throws IOException {
    OptionalLong iteration = iteration(file.getParent());
    if (iteration.isPresent()) {
      faults.at(Moment.SAVE, iteration.getAsLong());
      if (faults.diskIsFull(iteration.getAsLong())) {
        throw new IOException("No space left on device (by the fault plan)");
      }
    }
    files.writeFile(file, bytes);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    files.rename(from, to);
  }

  @Override
  public void delete(Path path) throws IOException {
    files.delete(path);
  }

  private static OptionalLong iteration(Path folder) {
    Matcher staging = STAGING.matcher(folder.getFileName().toString());
    return staging.matches()
        ? OptionalLong.of(Long.parseLong(staging.group(1)))
        : OptionalLong.empty();
  }
}
