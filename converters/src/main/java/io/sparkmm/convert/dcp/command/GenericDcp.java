package io.sparkmm.convert.dcp.command;

import io.sparkmm.convert.plan.ConversionPlan;
import java.util.List;
import java.util.Map;

/** {@code GenericDCPConverter} and the scripts {@code hf_to_dcp} and {@code merge_dcp_to_hf}. */
public final class GenericDcp {

  private GenericDcp() {}

  /** Plans {@code GenericDCPConverter hf_to_dcp}. */
  public static ConversionPlan hfToDcp(GenericHfToDcpOptions options) {
    NameRule names = new NameRule(options.hfPrefix(), options.dcpPrefix());
    return DcpExport.plan(
        new DcpExport.Job(
            "GenericDCPConverter hf_to_dcp",
            options.hfDir(),
            options.dcpDir(),
            names::toDcp,
            options.tiedWeights(),
            name -> containsAny(name, options.fusedNames()),
            false));
  }

  /** Plans {@code GenericDCPConverter dcp_to_hf}. */
  public static ConversionPlan dcpToHf(GenericDcpToHfOptions options) {
    return HfImport.plan(
        new HfImport.Job(
            "GenericDCPConverter dcp_to_hf",
            options.loadDir(),
            options.saveDir(),
            options.assetsDir(),
            new NameRule(options.hfPrefix(), options.dcpPrefix()),
            name -> containsAny(name, options.fusedNames()),
            false));
  }

  /** Plans the script {@code hf_to_dcp}. */
  public static ConversionPlan hfToDcp(HfToDcpOptions options) {
    return DcpExport.plan(
        new DcpExport.Job(
            "hf_to_dcp",
            options.hfDir(),
            options.dcpDir(),
            name -> options.prefix() + name,
            Map.of(),
            name -> false,
            !options.sharded()));
  }

  /** Plans the script {@code merge_dcp_to_hf}. */
  public static ConversionPlan mergeDcpToHf(MergeDcpToHfOptions options) {
    return HfImport.plan(
        new HfImport.Job(
            "merge_dcp_to_hf",
            options.loadDir(),
            options.saveDir(),
            options.assetsDir(),
            new NameRule("", options.prefix()),
            name -> false,
            false));
  }

  private static boolean containsAny(String name, List<String> parts) {
    return parts.stream().anyMatch(name::contains);
  }
}
