package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpFile;
import io.sparkmm.convert.dcp.DcpMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The operations on files that saving consists of. Each either happens as a whole or leaves what
 * was there before, also when the machine stops; so what can be found after a stop is what a prefix
 * of the operations has made.
 */
public interface FileOps {
  /** The operations of the file system. */
  FileOps DISK = new DiskFileOps();

  /** Makes a folder and those above it, where they are missing. */
  void createFolder(Path folder) throws IOException;

  /**
   * Writes a file with tensors.
   *
   * @return what the metadata have to say about it
   * @throws io.sparkmm.convert.torch.TorchException if it cannot be written
   */
  DcpMetadata writeTensors(Path folder, DcpFile file);

  /**
   * Writes the metadata that make a folder a checkpoint.
   *
   * @throws io.sparkmm.convert.torch.TorchException if they cannot be written
   * @throws io.sparkmm.convert.dcp.DcpException if the parts are no whole checkpoint
   */
  void writeMetadata(Path folder, List<DcpMetadata> parts);

  /** Writes a small file, or replaces it. */
  void writeFile(Path file, byte[] bytes) throws IOException;

  /** Gives a file or folder another name in the same folder, where nothing has that name yet. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file, or a folder with all that is in it; does nothing where there is none. */
  void delete(Path path) throws IOException;
}
