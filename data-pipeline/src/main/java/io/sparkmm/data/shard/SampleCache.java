package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedSample;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Samples of the row groups that were decoded: the groups used last in memory, all others in a file
 * on the local disk, so that each group is decoded once. Groups with embedded pictures are not
 * worth a second copy; they are forgotten instead. Safe for use by several threads.
 */
final class SampleCache implements AutoCloseable {
  private final long limit;
  private final Map<Key, SampleBlock> blocks = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Key, Spilled> spilled = new HashMap<>();
  private Optional<SpillFile> file = Optional.empty();
  private long used;
  private boolean closed;

  /**
   * A row group.
   *
   * @param file path of its shard below the data set's folder
   * @param group its number in the shard
   */
  record Key(String file, int group) {}

  private record Spilled(SpillFile file, long position, int[] ends) {}

  /**
   * A cache.
   *
   * @param limit most bytes of groups in memory; 0 keeps nothing, neither there nor on disk
   */
  SampleCache(long limit) {
    this.limit = limit;
  }

  /** A sample of a group, if the group is known. */
  Optional<EncodedSample> find(Key key, int index) throws IOException {
    SampleBlock block;
    Spilled other;
    synchronized (this) {
      block = blocks.get(key);
      other = spilled.get(key);
    }
    if (block != null) {
      return Optional.of(block.sample(index));
    }
    if (other == null) {
      return Optional.empty();
    }
    int start = SampleBlock.start(other.ends(), index);
    byte[] bytes = other.file().read(other.position() + start, other.ends()[index] - start);
    return Optional.of(SampleCodec.decode(bytes));
  }

  /** Keeps a group. */
  synchronized void put(Key key, SampleBlock block) throws IOException {
    if (closed || limit == 0 || spilled.containsKey(key)) {
      return;
    }
    SampleBlock before = blocks.put(key, block);
    used += block.bytes() - (before == null ? 0 : before.bytes());
    while (used > limit) {
      Map.Entry<Key, SampleBlock> oldest = blocks.entrySet().iterator().next();
      blocks.remove(oldest.getKey());
      used -= oldest.getValue().bytes();
      if (!oldest.getValue().hasPictures()) {
        spill(oldest.getKey(), oldest.getValue());
      }
    }
  }

  private void spill(Key key, SampleBlock block) throws IOException {
    if (file.isEmpty()) {
      file = Optional.of(SpillFile.create());
    }
    long position = file.get().append(block.data());
    spilled.put(key, new Spilled(file.get(), position, block.ends()));
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    blocks.clear();
    spilled.clear();
    if (file.isPresent()) {
      file.get().close();
    }
  }
}
