package io.sparkmm.convert.dcp.command;

import java.nio.file.Path;

/**
 * Options of the script {@code hf_to_dcp}.
 *
 * @param hfDir folder with {@code *.safetensors} to read
 * @param dcpDir where the result appears
 * @param prefix put in front of all names; may be empty
 * @param sharded one file per input file, instead of one for all
 */
public record HfToDcpOptions(Path hfDir, Path dcpDir, String prefix, boolean sharded) {}
