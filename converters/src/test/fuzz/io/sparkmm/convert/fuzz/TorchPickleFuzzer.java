package io.sparkmm.convert.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes are the pickle of a right archive with three storages, so that the fuzzer need not
 * guess checksums and offsets.
 */
public final class TorchPickleFuzzer {

  private TorchPickleFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    TorchFuzzer.fuzzerTestOneInput(archive(bytes));
  }

  private static byte[] archive(byte[] pickle) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<byte[]> directory = new ArrayList<>();
    add(out, directory, "x/data.pkl", pickle);
    add(out, directory, "x/version", new byte[] {'3'});
    add(out, directory, "x/data/0", new byte[24]);
    add(out, directory, "x/data/1", new byte[96]);
    add(out, directory, "x/data/2", new byte[0]);
    int at = out.size();
    directory.forEach(out::writeBytes);
    ByteBuffer end = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
    end.putInt(0x06054b50).putInt(0).putShort((short) 5).putShort((short) 5);
    out.writeBytes(end.putInt(out.size() - at).putInt(at).array());
    return out.toByteArray();
  }

  private static void add(
      ByteArrayOutputStream out, List<byte[]> directory, String name, byte[] content) {
    byte[] nameBytes = name.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer central =
        ByteBuffer.allocate(46 + nameBytes.length).order(ByteOrder.LITTLE_ENDIAN);
    central.putInt(0x02014b50).position(20);
    central.putInt(content.length).putInt(content.length).putShort((short) nameBytes.length);
    central.putInt(42, out.size()).position(46);
    directory.add(central.put(nameBytes).array());
    ByteBuffer local = ByteBuffer.allocate(30 + nameBytes.length).order(ByteOrder.LITTLE_ENDIAN);
    local.putInt(0x04034b50).position(18);
    local.putInt(content.length).putInt(content.length).putShort((short) nameBytes.length);
    local.position(30);
    out.writeBytes(local.put(nameBytes).array());
    out.writeBytes(content);
  }
}
