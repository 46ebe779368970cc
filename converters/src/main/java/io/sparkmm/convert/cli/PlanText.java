package io.sparkmm.convert.cli;

import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.PlannedFile;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;

/**
 * A plan as text for people.
 *
 * @param plan what to tell
 */
record PlanText(ConversionPlan plan) {

  void print(PrintWriter out) {
    out.println(plan.title());
    out.println("reads " + plan.sources().size() + " files:");
    plan.sources().forEach(source -> out.println("  " + source));
    if (!plan.layout().isEmpty()) {
      out.println("layout:");
      for (Map.Entry<String, String> entry : plan.layout().entrySet()) {
        out.println("  " + entry.getKey() + ": " + entry.getValue());
      }
    }
    out.println("writes to " + plan.output().files() + ":");
    long bytes = 0;
    long tensors = 0;
    for (PlannedFile file : plan.files()) {
      long size = file.layout().size();
      int count = file.layout().tensors().size();
      out.printf(Locale.ROOT, "  %s  %d tensors, %d bytes%n", file.path(), count, size);
      bytes += size;
      tensors += count;
    }
    for (AssetCopy asset : plan.assets()) {
      out.println("  " + asset.path() + "  copied");
    }
    out.printf(
        Locale.ROOT,
        "%d files with %d tensors, %d bytes; %d files copied; nothing was written%n",
        plan.files().size(),
        tensors,
        bytes,
        plan.assets().size());
    out.flush();
  }
}
