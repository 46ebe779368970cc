package io.sparkmm.train.npu.meeting;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** How far a worker has come in each of its groups: the last operation that it has started. */
final class Positions {
  /**
   * An operation.
   *
   * @param number counted from 1 in its group; 0 stands for none yet
   * @param operation what it is
   */
  record Position(long number, String operation) {
    /** Before the first operation. */
    static final Position START = new Position(0, "nothing");
  }

  private final Map<String, Position> byGroup = new ConcurrentHashMap<>();

  void set(String group, Position position) {
    byGroup.put(group, position);
  }

  Position of(String group) {
    return byGroup.getOrDefault(group, Position.START);
  }

  void write(DataOutput output) throws IOException {
    Map<String, Position> copy = new TreeMap<>(byGroup);
    output.writeInt(copy.size());
    for (Map.Entry<String, Position> entry : copy.entrySet()) {
      output.writeUTF(entry.getKey());
      output.writeLong(entry.getValue().number());
      output.writeUTF(entry.getValue().operation());
    }
  }

  static Positions read(DataInput input) throws IOException {
    Positions positions = new Positions();
    for (int left = input.readInt(); left > 0; left--) {
      positions.set(input.readUTF(), new Position(input.readLong(), input.readUTF()));
    }
    return positions;
  }
}
