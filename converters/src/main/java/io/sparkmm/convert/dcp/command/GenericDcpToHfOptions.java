package io.sparkmm.convert.dcp.command;

import java.nio.file.Path;
import java.util.List;

/**
 * Options of {@code GenericDCPConverter dcp_to_hf}.
 *
 * @param loadDir folder with the {@code .metadata}, or a checkpoint with a tracker file
 * @param saveDir where the result appears
 * @param assetsDir the Hugging Face folder that the model came from: index, configuration,
 *     tokenizer
 * @param dcpPrefix as for {@code hf_to_dcp}
 * @param hfPrefix as for {@code hf_to_dcp}
 * @param fusedNames as for {@code hf_to_dcp}
 */
public record GenericDcpToHfOptions(
    Path loadDir,
    Path saveDir,
    Path assetsDir,
    String dcpPrefix,
    String hfPrefix,
    List<String> fusedNames) {

  public GenericDcpToHfOptions {
    fusedNames = List.copyOf(fusedNames);
  }
}
