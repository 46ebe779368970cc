package io.sparkmm.quickstart;

import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.job.ImportLlavaMain;
import io.sparkmm.data.job.PrepareMain;
import io.sparkmm.data.shapes.SampleDataMain;
import io.sparkmm.train.launch.SparkSettings;
import io.sparkmm.train.launch.TrainMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * The way from raw data to a trained, exported model, walked once with the same verbs that a user
 * calls: {@code sample-data}, {@code import-llava}, {@code prepare}, {@code train}.
 */
final class Quickstart {
  private final QuickstartSettings settings;
  private final QuickstartPaths paths;
  private final QuickstartConfig config;
  private final StageTable stages = new StageTable();

  Quickstart(QuickstartSettings settings) {
    this.settings = settings;
    this.paths = new QuickstartPaths(settings.output());
    this.config = new QuickstartConfig(paths);
  }

  /** Runs all stages and prints their table. */
  void run() throws Exception {
    if (Files.exists(paths.root())) {
      throw new IllegalArgumentException(
          "Cannot write the quickstart to "
              + paths.root()
              + ": it exists; remove it or choose another folder with --output");
    }
    Files.createDirectories(paths.root());
    // One Spark application for all stages, with the settings that training needs.
    SparkSession.builder()
        .config(
            SparkSettings.forTraining(
                new SparkConf().setIfMissing("spark.app.name", "sparkmm quickstart")))
        .getOrCreate();
    draw();
    config.write();
    importConversations();
    prepare();
    train();
    report(ask());
    System.out.printf(Locale.ROOT, "%n%s%nOpen %s%n", stages.text(), paths.report());
  }

  private void draw() throws Exception {
    verb(
        "sample-data",
        SampleDataMain::run,
        paths.shapes(),
        "--output",
        paths.shapes().toString(),
        "--pictures",
        Integer.toString(settings.pictures()),
        "--heldout",
        Integer.toString(settings.heldOut()),
        "--seed",
        Long.toString(settings.seed()));
  }

  private void importConversations() throws Exception {
    verb(
        "import-llava",
        ImportLlavaMain::run,
        paths.mllm(),
        "--llava_json_path",
        paths.shapes().resolve("llava_train.json").toString(),
        "--coco_path",
        paths.shapes().toString(),
        "--image_folder",
        "images/train",
        "--output_json_path",
        paths.mllm().toString());
  }

  private void prepare() throws Exception {
    List<String> launch = config.launchArguments();
    verb(
        "prepare",
        PrepareMain::run,
        paths.prepared(),
        "--mm-data",
        config.file("data.json").toString(),
        "--seq-length",
        launch.get(launch.indexOf("--seq-length") + 1),
        "--output",
        paths.prepared().toString());
  }

  private void train() throws Exception {
    List<String> words = new ArrayList<>(config.launchArguments());
    // The last value of an option wins, so what is appended changes the shipped arguments.
    words.addAll(
        List.of(
            "--nproc_per_node",
            Integer.toString(settings.workers()),
            "--train-iters",
            Integer.toString(settings.iterations()),
            "--save-interval",
            Integer.toString(settings.iterations()),
            "--seed",
            Long.toString(settings.seed()),
            "--prepared",
            paths.prepared().toString(),
            "--save",
            paths.trained().toString()));
    verb("train", TrainMain::run, paths.exported(), words.toArray(new String[0]));
  }

  private Answers ask() throws Exception {
    return stages.run(
        "evaluate",
        () -> {
          List<HeldOutQuestion> questions =
              HeldOutQuestion.read(paths.shapes().resolve("heldout.json"), paths.shapes());
          try (Interview interview =
              new Interview(paths.exported(), ConfigLoader.loadData(config.file("data.json")))) {
            Answers answers =
                new Answers(
                    interview.untrained(questions, settings.seed()),
                    interview.trained(questions, true),
                    interview.trained(questions, false));
            System.out.print(answers.text());
            return new StageTable.Outcome<>(answers, paths.report(), answers.summary());
          }
        });
  }

  private void report(Answers answers) throws IOException {
    MetricsFile metrics = new MetricsFile(paths.metrics());
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("training pictures", String.format(Locale.ROOT, "%,d", settings.pictures()));
    facts.put("iterations", String.format(Locale.ROOT, "%,d", settings.iterations()));
    facts.put("workers", Integer.toString(settings.workers()));
    facts.put("seed", Long.toString(settings.seed()));
    facts.put("result", answers.summary());
    facts.put("model", paths.exported().toString());
    new ReportPage(
            "SparkMM quickstart",
            facts,
            metrics.series("loss"),
            metrics.series("samples_per_second"),
            answers,
            stages.stages())
        .write(paths.report());
  }

  /** Runs a verb as a stage; a verb that fails has said why. */
  private void verb(String name, Function<String[], Integer> verb, Path result, String... words)
      throws Exception {
    stages.run(
        name,
        () -> {
          System.out.println("   sparkmm " + name + " " + String.join(" ", words));
          int code = verb.apply(words);
          if (code != 0) {
            throw new QuickstartException(name, code);
          }
          return new StageTable.Outcome<>(code, result, result.toString());
        });
  }
}
