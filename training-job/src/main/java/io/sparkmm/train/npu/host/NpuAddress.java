package io.sparkmm.train.npu.host;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An NPU by the three numbers that it has.
 *
 * @param address logic id, as {@code npu-smi} and Spark's discovery count; what Spark gives to a
 *     task
 * @param index number in the process, for {@code aclrtSetDevice} and {@code npu:N}: the place in
 *     {@code ASCEND_RT_VISIBLE_DEVICES}, or the logic id where that is not set
 * @param physical number on the host, of {@code /dev/davinciN}
 */
public record NpuAddress(String address, int index, int physical) implements Serializable {
  /** Variable that chooses and renumbers the devices of a process. */
  public static final String VISIBLE = "ASCEND_RT_VISIBLE_DEVICES";

  private static final String FILE_PREFIX = "davinci";

  public NpuAddress {
    Objects.requireNonNull(address, "address");
  }

  /**
   * Finds an address of Spark's among the devices of this process.
   *
   * @param environment variables of the process
   * @param devices folder of the device files, {@code /dev}
   * @throws HostException if the address is no number, or not visible to the process
   */
  public static NpuAddress resolve(String address, Map<String, String> environment, Path devices) {
    int logic = number(address);
    if (logic < 0) {
      throw new HostException(
          "Cannot use NPU '"
              + address
              + "', which Spark assigned: an address must be a logic id such as 0; use"
              + " bin/discover-npus as discovery script");
    }
    int index = logic;
    if (environment.containsKey(VISIBLE)) {
      index = visible(environment.get(VISIBLE)).indexOf(logic);
    }
    if (index < 0) {
      throw new HostException(
          "Cannot use NPU "
              + address
              + ", which Spark assigned: "
              + VISIBLE
              + " = "
              + environment.get(VISIBLE)
              + " of the executor does not show it; set it alike for the discovery script and the"
              + " executors, or not at all");
    }
    List<Integer> files = files(devices);
    return new NpuAddress(address, index, logic < files.size() ? files.get(logic) : logic);
  }

  /** The device's name for libtorch. */
  public String torchName() {
    return "npu:" + index;
  }

  /** All numbers in one phrase, for logs. */
  public String describe() {
    return "NPU "
        + address
        + (Integer.toString(index).equals(address) ? "" : ", " + torchName() + " in its process")
        + (Integer.toString(physical).equals(address) ? "" : ", physical " + physical);
  }

  /** Logic ids that the CANN runtime takes from the variable: it stops at the first odd word. */
  public static List<Integer> visible(String list) {
    List<Integer> ids = new ArrayList<>();
    for (String word : list.split(",", -1)) {
      int id = number(word);
      if (id < 0 || !ids.isEmpty() && id <= ids.get(ids.size() - 1)) {
        break;
      }
      ids.add(id);
    }
    return ids;
  }

  /** Numbers of the device files, ascending; in a container they are those of the host. */
  static List<Integer> files(Path devices) {
    List<Integer> numbers = new ArrayList<>();
    if (!Files.isDirectory(devices)) {
      return numbers;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(devices, FILE_PREFIX + "[0-9]*")) {
      for (Path file : files) {
        int number = number(file.getFileName().toString().substring(FILE_PREFIX.length()));
        if (number >= 0) {
          numbers.add(number);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    numbers.sort(null);
    return numbers;
  }

  private static int number(String text) {
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : -1;
  }
}
