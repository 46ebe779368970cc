package io.sparkmm.convert.execute;

import io.sparkmm.convert.plan.AssetCopy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;

/** A file that is taken over as it is, with its time stamp. */
final class AssetJob implements WorkItem {

  private final AssetCopy asset;
  private final FileJob.JobContext context;

  AssetJob(AssetCopy asset, FileJob.JobContext context) {
    this.asset = asset;
    this.context = context;
  }

  @Override
  public void run(Buffers buffers) throws IOException {
    Path path = context.folder().resolve(asset.path());
    CRC32 crc = new CRC32();
    try (FileChannel from = FileChannel.open(asset.source())) {
      Files.createDirectories(path.getParent());
      try (OutputFile to = OutputFile.create(path, from.size() > context.chunkBytes())) {
        long at = 0;
        ByteBuffer bytes = read(from, at, buffers);
        while (bytes.hasRemaining()) {
          int count = bytes.remaining();
          crc.update(bytes.duplicate());
          to.write(at, bytes);
          at += count;
          context.listener().advanced(count);
          bytes = read(from, at, buffers);
        }
        to.force();
      }
      Files.setLastModifiedTime(path, Files.getLastModifiedTime(asset.source()));
    } catch (IOException e) {
      throw Disk.failure("copy " + asset.source() + " to", path, e);
    }
    context.listener().reached(ConversionListener.Step.FILE_WRITTEN, asset.path());
    context.journal().add(FinishedFile.of(asset.path(), path, crc.getValue(), List.of()));
    context.listener().reached(ConversionListener.Step.FILE_RECORDED, asset.path());
  }

  /** A whole chunk, or less at the end of the file. */
  private ByteBuffer read(FileChannel from, long at, Buffers buffers) throws IOException {
    ByteBuffer bytes = buffers.chunk(context.chunkBytes());
    while (bytes.hasRemaining() && from.read(bytes, at + bytes.position()) >= 0) {
      // A read may give less than asked for.
    }
    return bytes.flip();
  }
}
