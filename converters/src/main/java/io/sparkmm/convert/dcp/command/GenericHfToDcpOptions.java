package io.sparkmm.convert.dcp.command;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Options of {@code GenericDCPConverter hf_to_dcp}.
 *
 * @param hfDir folder with {@code *.safetensors} to read
 * @param dcpDir where the result appears
 * @param dcpPrefix what takes the place of {@code hfPrefix}; may be empty
 * @param hfPrefix replaced where it first occurs in a name; when empty, {@code dcpPrefix} is put in
 *     front of all names
 * @param tiedWeights for tensors that are copies of others: name to name of the other
 * @param fusedNames parts of names of tensors of several experts, stored as one matrix
 */
public record GenericHfToDcpOptions(
    Path hfDir,
    Path dcpDir,
    String dcpPrefix,
    String hfPrefix,
    Map<String, String> tiedWeights,
    List<String> fusedNames) {

  public GenericHfToDcpOptions {
    tiedWeights = Collections.unmodifiableMap(new LinkedHashMap<>(tiedWeights));
    fusedNames = List.copyOf(fusedNames);
  }
}
