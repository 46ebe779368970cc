package io.sparkmm.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.spark.sql.SparkSession;

/** Entry point of {@code sparkmm}: {@code sparkmm <verb> [options]}. */
public final class SparkMm {

  /** Exit code for wrong usage. */
  static final int USAGE = 2;

  private final Verbs verbs;
  private final PrintWriter out;
  private final PrintWriter err;

  SparkMm(Verbs verbs, PrintWriter out, PrintWriter err) {
    this.verbs = verbs;
    this.out = out;
    this.err = err;
  }

  /** Runs a verb and ends the JVM with its exit code. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int exitCode = new SparkMm(Verbs.standard(), out, err).run(args);
    stopSpark();
    System.exit(exitCode);
  }

  /**
   * Stops a session that a verb left behind: a local cluster whose JVM exits while the session is
   * open restarts its dying executors and logs an error for each.
   */
  private static void stopSpark() {
    if (SparkSession.getDefaultSession().isDefined()) {
      SparkSession.getDefaultSession().get().stop();
    }
  }

  /** Runs the verb that the first word names and returns its exit code. */
  int run(String[] args) {
    if (args.length == 0) {
      printHelp(err);
      return USAGE;
    }
    String word = args[0];
    if (word.equals("--help") || word.equals("-h") || word.equals("help")) {
      printHelp(out);
      return 0;
    }
    if (word.equals("--version") || word.equals("-V")) {
      out.println("sparkmm " + Versions.project());
      return 0;
    }
    return verbs
        .find(word)
        .map(verb -> verb.action().run(Arrays.copyOfRange(args, 1, args.length)))
        .orElseGet(() -> unknown(word));
  }

  private int unknown(String word) {
    err.println(
        "sparkmm: there is no verb "
            + word
            + verbs.nearest(word).map(near -> "; did you mean " + near + "?").orElse(""));
    printVerbs(err);
    return USAGE;
  }

  private void printHelp(PrintWriter to) {
    to.println("Usage: sparkmm [spark-submit options] <verb> [options]");
    to.println();
    printVerbs(to);
    to.println();
    to.println(
        "sparkmm <verb> --help lists the options of a verb. Options of spark-submit, such as");
    to.println(
        "--master, --conf and --jars, may stand anywhere; what follows -- goes to the verb.");
    to.println("Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.");
  }

  private void printVerbs(PrintWriter to) {
    to.println("Verbs:");
    int width = verbs.all().keySet().stream().mapToInt(String::length).max().orElse(0);
    verbs
        .all()
        .forEach(
            (name, verb) ->
                to.println(
                    "  " + name + " ".repeat(width - name.length() + 2) + verb.description()));
  }
}
