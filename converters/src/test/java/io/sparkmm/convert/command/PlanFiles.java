package io.sparkmm.convert.command;

import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32;

/** Carries a plan of a tiny model out in the plainest way, to see what the plan says. */
public final class PlanFiles {

  private PlanFiles() {}

  /** Writes all files of a plan. */
  public static void write(ConversionPlan plan) {
    try (SourceFiles sources = new SourceFiles()) {
      for (PlannedFile file : plan.files()) {
        write(plan.output().files().resolve(file.path()), file, sources);
      }
      for (AssetCopy asset : plan.assets()) {
        Path target = plan.output().files().resolve(asset.path());
        Files.createDirectories(target.getParent());
        Files.copy(asset.source(), target);
      }
      if (plan.output().iteration().isPresent()) {
        Files.writeString(
            plan.output().root().resolve(OutputFolder.TRACKER), plan.output().iteration().get());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path path, PlannedFile file, SourceFiles sources) throws IOException {
    Files.createDirectories(path.getParent());
    List<TensorPlace> places = file.layout().tensors();
    long[] checksums = new long[places.size()];
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int i = 0; i < places.size(); i++) {
        ByteBuffer bytes = bytes(file.contents().get(i), sources);
        CRC32 checksum = new CRC32();
        checksum.update(bytes.duplicate());
        checksums[i] = checksum.getValue();
        writeAll(channel, bytes, places.get(i).offset());
      }
      for (Literal literal : file.layout().literals(checksums)) {
        writeAll(channel, ByteBuffer.wrap(literal.bytes()), literal.offset());
      }
      if (channel.size() != file.layout().size()) {
        throw new IOException(path + " has " + channel.size() + " bytes, not as planned");
      }
    }
  }

  private static ByteBuffer bytes(TensorContent content, SourceFiles sources) {
    ByteBuffer bytes = ByteBuffer.allocateDirect((int) content.byteSize());
    content.read(0, bytes, sources);
    return bytes.flip();
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
    long position = at;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
  }
}
