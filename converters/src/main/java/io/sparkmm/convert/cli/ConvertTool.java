package io.sparkmm.convert.cli;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.args.ArgumentParser;
import io.sparkmm.convert.args.Request;
import io.sparkmm.convert.args.Settings;
import io.sparkmm.convert.dcp.DcpException;
import io.sparkmm.convert.execute.ConversionResult;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.execute.ProgressPrinter;
import io.sparkmm.convert.pickle.PickleException;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.PlanPrinter;
import io.sparkmm.convert.safetensors.SafetensorsException;
import io.sparkmm.convert.torch.TorchException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Runs the converters' commands, or tells what they would do. */
final class ConvertTool {

  private static final String PLAN = "plan";
  private static final String VERBOSE = "--verbose";

  /** What to do with a plan, and how many words in front of the converter say so. */
  private enum Mode {
    RUN(0),
    PLAN(1),
    PLAN_IN_FULL(2);

    private final int words;

    Mode(int words) {
      this.words = words;
    }
  }

  private static final String OUR_COMMANDS =
      """

      commands of SparkMM:
        inspect <folder|file>  Lists the tensors of a file or folder with weights.
        verify <folder>        Checks a folder with weights and reports all problems.
        plan [--verbose] <Converter> <command> ...
                               Tells what a conversion would do, with --verbose for each
                               tensor; writes nothing.
        --version              Prints the version.

      Exit codes: 0 done, 1 the data is at fault, 2 wrong usage.
      """;

  private final Converters converters = Converters.standard();
  private final Map<String, String> environment;
  private final PrintWriter out;
  private final PrintWriter err;

  ConvertTool(Map<String, String> environment, PrintWriter out, PrintWriter err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  int run(List<String> args) {
    boolean planOnly = !args.isEmpty() && args.get(0).equals(PLAN);
    boolean verbose = planOnly && args.size() > 1 && args.get(1).equals(VERBOSE);
    Mode mode = verbose ? Mode.PLAN_IN_FULL : planOnly ? Mode.PLAN : Mode.RUN;
    List<String> rest = args.subList(mode.words, args.size());
    ArgumentParser parser = new ArgumentParser(converters.root(), environment);
    Request request = parser.parse(rest);
    try {
      if (request instanceof Request.Run run) {
        return run(run, mode, parser);
      } else if (request instanceof Request.Show show) {
        out.print(show.text());
        out.print(show.text().equals(parser.help()) ? OUR_COMMANDS : "");
        out.flush();
        return 0;
      }
      return refuse((Request.Refused) request);
    } catch (ConvertException e) {
      e.problems().forEach(problem -> err.println("error: " + problem));
      err.flush();
      return e.kind().exitCode();
    } catch (SafetensorsException | TorchException | PickleException | DcpException e) {
      err.println("error: " + e.getMessage());
      err.flush();
      return ConvertException.Kind.DATA.exitCode();
    }
  }

  /** Tells all problems, those that only the command knows about as well. */
  private int refuse(Request.Refused refused) {
    List<String> problems = new ArrayList<>(refused.problems());
    refused.partial().ifPresent(run -> problems.addAll(findings(run).problems()));
    err.print(refused.usage());
    problems.forEach(problem -> err.println("error: " + problem));
    err.flush();
    return MmConvert.USAGE;
  }

  private Findings findings(Request.Run run) {
    Findings findings = new Findings();
    converters.command(run.words()).checks().accept(run.settings(), findings);
    SharedOptions.check(run.settings(), findings);
    return findings;
  }

  private int run(Request.Run run, Mode mode, ArgumentParser parser) {
    Findings findings = findings(run);
    if (!findings.problems().isEmpty()) {
      return refuse(
          new Request.Refused(parser.usage(run.words()), findings.problems(), Optional.empty()));
    }
    ConverterCommand command = converters.command(run.words());
    findings.warnings().forEach(this::warn);
    ConversionPlan plan = command.planner().apply(run.settings());
    if (mode == Mode.RUN) {
      plan.warnings().forEach(this::warn);
      execute(plan, run.settings());
    } else {
      PlanPrinter.print(plan, mode == Mode.PLAN_IN_FULL, out);
    }
    return 0;
  }

  private void execute(ConversionPlan plan, Settings settings) {
    ProgressPrinter progress = new ProgressPrinter(err, System.console() != null);
    ConversionResult result =
        PlanExecutor.execute(plan, SharedOptions.execution(settings).withListener(progress));
    out.printf(
        Locale.ROOT,
        "%s: %d files, %d bytes in %s, %.1f s%n",
        plan.title(),
        result.files(),
        result.bytes(),
        result.folder(),
        result.seconds());
    out.flush();
  }

  private void warn(String warning) {
    err.println("warning: " + warning);
    err.flush();
  }
}
