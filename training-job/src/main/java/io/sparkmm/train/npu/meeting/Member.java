package io.sparkmm.train.npu.meeting;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a worker says about itself at the meeting.
 *
 * @param rank its rank
 * @param host name of its host
 * @param device which card of the host it uses, by a number that is the same for all its processes
 * @param chip the runtime's name for the chip
 * @param environment variables that all workers must have alike
 */
public record Member(
    int rank, String host, int device, String chip, Map<String, String> environment) {
  public Member {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(chip, "chip");
    environment = Map.copyOf(environment);
  }

  void write(DataOutput output) throws IOException {
    output.writeInt(rank);
    output.writeUTF(host);
    output.writeInt(device);
    output.writeUTF(chip);
    output.writeInt(environment.size());
    for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
      output.writeUTF(variable.getKey());
      output.writeUTF(variable.getValue());
    }
  }

  static Member read(DataInput input) throws IOException {
    int rank = input.readInt();
    String host = input.readUTF();
    int device = input.readInt();
    String chip = input.readUTF();
    Map<String, String> environment = new TreeMap<>();
    for (int left = input.readInt(); left > 0; left--) {
      environment.put(input.readUTF(), input.readUTF());
    }
    return new Member(rank, host, device, chip, environment);
  }
}
