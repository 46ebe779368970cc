package io.sparkmm.notebooks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import scala.Console;
import scala.collection.immutable.Nil$;
import scala.jdk.javaapi.CollectionConverters;
import scala.tools.nsc.Settings;
import scala.tools.nsc.interpreter.IMain;
import scala.tools.nsc.interpreter.Results;
import scala.tools.nsc.interpreter.shell.ReplReporterImpl;

/** Runs Scala paragraphs in one interpreter with a Spark session, as Zeppelin does. */
final class ScalaRunner implements AutoCloseable {
  private final StringWriter output = new StringWriter();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final SparkSession spark;
  private final IMain interpreter;

  /**
   * @param classes folder for the classes that paragraphs define
   */
  ScalaRunner(Path classes) {
    Settings settings = new Settings();
    settings.processArguments(
        CollectionConverters.asScala(
                List.of("-usejavacp", "-Yrepl-class-based", "-Yrepl-outdir", classes.toString()))
            .toList(),
        true);
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("notes")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.repl.class.outputDir", classes.toString())
            .getOrCreate();
    interpreter =
        new IMain(settings, new ReplReporterImpl(settings, new PrintWriter(output, true)));
    interpreter.bind("spark", "org.apache.spark.sql.SparkSession", spark, noModifiers());
  }

  /** Runs a paragraph; returns what went wrong, empty when nothing did. */
  String run(String text) {
    output.getBuffer().setLength(0);
    printed.reset();
    Results.Result result = Console.withOut(printed, () -> interpreter.interpret(text));
    return result == Results.Success$.MODULE$ ? "" : "the interpreter says: " + output;
  }

  /** What the last paragraph has printed, which is what Zeppelin shows. */
  String printed() {
    return printed.toString(UTF_8);
  }

  @SuppressWarnings("unchecked")
  private static scala.collection.immutable.List<String> noModifiers() {
    return (scala.collection.immutable.List<String>) (Object) Nil$.MODULE$;
  }

  @Override
  public void close() {
    interpreter.close();
    spark.stop();
  }
}
