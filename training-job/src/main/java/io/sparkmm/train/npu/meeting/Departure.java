package io.sparkmm.train.npu.meeting;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * That a worker is no longer there.
 *
 * @param rank who
 * @param orderly whether it left by itself, having done all that it wanted
 * @param reason in words
 * @param positions how far it had come, where it said so
 */
record Departure(int rank, boolean orderly, String reason, Positions positions) {
  void write(DataOutput output) throws IOException {
    output.writeInt(rank);
    output.writeBoolean(orderly);
    output.writeUTF(reason);
    positions.write(output);
  }

  static Departure read(DataInput input) throws IOException {
    return new Departure(
        input.readInt(), input.readBoolean(), input.readUTF(), Positions.read(input));
  }
}
