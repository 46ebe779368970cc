package io.sparkmm.convert.plan;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.view.Piece;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a conversion would do, as text; equal plans give equal texts. */
public final class PlanPrinter {

  private static final double GIGABYTE = 1e9;

  private final ConversionPlan plan;
  private final PrintWriter out;

  private PlanPrinter(ConversionPlan plan, PrintWriter out) {
    this.plan = plan;
    this.out = out;
  }

  /**
   * Prints a plan.
   *
   * @param verbose with every tensor and where its bytes come from; otherwise one line per file
   */
  public static void print(ConversionPlan plan, boolean verbose, PrintWriter out) {
    new PlanPrinter(plan, out).print(verbose);
    out.flush();
  }

  private void print(boolean verbose) {
    line("%s", plan.title());
    line("writes  %s", plan.output().files());
    plan.output()
        .iteration()
        .ifPresent(
            name ->
                line(
                    "        %s saying %s",
                    plan.output().root().resolve(OutputFolder.TRACKER), name));
    for (Map.Entry<String, String> entry : plan.layout().entrySet()) {
      line("layout  %s = %s", entry.getKey(), entry.getValue());
    }
    long read = 0;
    for (Path source : plan.sources()) {
      long size = size(source);
      read += size;
      line("reads   %s  %,d bytes", source, size);
    }
    long written = 0;
    long tensors = 0;
    for (PlannedFile file : plan.files()) {
      written += file.layout().size();
      tensors += file.contents().size();
      print(file, verbose);
    }
    long copied = 0;
    for (AssetCopy asset : plan.assets()) {
      long size = size(asset.source());
      copied += size;
      if (verbose) {
        line("takes   %s  %,d bytes from %s", asset.path(), size, asset.source());
      }
    }
    line(
        "total   %d source files, %.3f GB; %d files with %d tensors to write, %.3f GB; %d files to"
            + " take over, %,d bytes",
        plan.sources().size(),
        read / GIGABYTE,
        plan.files().size(),
        tensors,
        written / GIGABYTE,
        plan.assets().size(),
        copied);
    plan.warnings().forEach(warning -> line("warning: %s", warning));
  }

  private void print(PlannedFile file, boolean verbose) {
    line(
        "file    %s  %,d bytes, %d tensors of %d pieces",
        file.path(),
        file.layout().size(),
        file.contents().size(),
        file.contents().stream().mapToInt(PlanPrinter::pieces).sum());
    if (!verbose) {
      return;
    }
    List<TensorPlace> places = file.layout().tensors();
    for (int i = 0; i < places.size(); i++) {
      TensorPlace place = places.get(i);
      TensorContent content = file.contents().get(i);
      line(
          "  %s  %s %s at %d, %,d bytes",
          place.name(), content.dtype(), content.shape(), place.offset(), place.byteSize());
      for (TensorView view : content.views()) {
        view.pieces().forEach(this::print);
      }
    }
  }

  private void print(Piece piece) {
    line(
        "    %s to %s  %s of %s from %s",
        piece.at(),
        end(piece),
        piece.source().spec().name(),
        piece.source().file().getFileName(),
        piece.sourceAt());
  }

  private static List<Long> end(Piece piece) {
    List<Long> end = new ArrayList<>(piece.at());
    for (int dim = 0; dim < end.size(); dim++) {
      end.set(dim, end.get(dim) + piece.extent().get(dim));
    }
    return end;
  }

  private static int pieces(TensorContent content) {
    return content.views().stream().mapToInt(view -> view.pieces().size()).sum();
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw ConvertException.data("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private void line(String format, Object... values) {
    out.print(String.format(Locale.ROOT, format, values) + "\n");
  }
}
