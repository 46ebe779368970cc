package io.sparkmm.train.launch;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.train.optim.LrDecayStyle;
import io.sparkmm.train.optim.WsdDecay;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** Checks everything that a run is told, and puts it into the form in which workers get it. */
final class TrainPlanner {
  /** Folder of the trained model, below the one of {@code --save}. */
  static final String EXPORT_FOLDER = "hf";

  /** Files of a checkpoint folder that go with its model. */
  private static final List<String> COMPANIONS =
      List.of(
          "added_tokens.json",
          "chat_template.jinja",
          "chat_template.json",
          "merges.txt",
          "preprocessor_config.json",
          "processor_config.json",
          "special_tokens_map.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "video_preprocessor_config.json",
          "vocab.json");

  private TrainPlanner() {}

  /**
   * Makes the plan of a run.
   *
   * @param workers number of workers
   * @param hadoop how to reach file systems
   * @throws ConfigException with everything that is wrong
   */
  static TrainPlan plan(TrainSettings settings, int workers, Configuration hadoop) {
    ConfigProblems problems = new ConfigProblems();
    TrainingConfiguration configuration = settings.configuration();
    problems.addAll(UnsupportedSettings.of(configuration));
    problems.addAll(configuration.validate(workers));
    checkProgram(settings, problems);
    CheckpointPlanner kept = new CheckpointPlanner(configuration, problems);
    CheckpointPlan checkpoints = kept.plan(workers);
    DataPlanner data = new DataPlanner(settings, problems);
    Optional<Path> checkpoint = data.checkpoint();
    Optional<Vocabulary> vocabulary = checkpoint.flatMap(folder -> data.vocabulary(folder, hadoop));
    Optional<ModelPlan> model =
        vocabulary.flatMap(
            words -> new ModelPlanner(settings, kept.loaded(), problems).plan(words));
    // A batch that does not divide has been reported above and would confuse the order.
    Optional<DataPlan> samples =
        vocabulary.isEmpty() || !configuration.validate(workers).isEmpty()
            ? Optional.empty()
            : data.plan(checkpoint.get(), vocabulary.get(), workers, hadoop);
    List<DpoPlan> dpo =
        model
            .map(policy -> new DpoPlanner(settings, kept.loaded(), problems).plan(policy))
            .orElse(List.of());
    problems.throwIfAny();
    return new TrainPlan(
        new TrainPlan.Program(
            model.orElseThrow(),
            samples.orElseThrow(),
            new TrainPlan.Loss(
                configuration.lossType(),
                configuration.model().lossCfg().computeMode(),
                configuration.model().lossCfg().chunkSize()),
            configuration.launch().logging().logTps(),
            DataPlanner.validates(configuration),
            dpo),
        settings.program(),
        loop(configuration, workers),
        settings.sharding(),
        Duration.ofMinutes(configuration.launch().launcher().distributedTimeoutMinutes()),
        export(configuration, checkpoint.get()),
        ToolsPlan.of(configuration.tools()),
        checkpoints,
        DevicePlan.of(configuration));
  }

  private static void checkProgram(TrainSettings settings, ConfigProblems problems) {
    try {
      Programs.find(settings.program());
    } catch (LaunchException e) {
      problems.add(LaunchArguments.FILE, "--program", settings.program(), e.getMessage());
    }
  }

  static LoopPlan loop(TrainingConfiguration configuration, int workers) {
    var schedule = configuration.launch().schedule();
    var optimizer = configuration.launch().optimizer();
    var logging = configuration.launch().logging();
    return new LoopPlan(
        schedule.trainIters(),
        configuration.globalBatchSize(workers),
        new LoopPlan.Rate(
            LrDecayStyle.valueOf(schedule.lrDecayStyle().name()),
            schedule.lr(),
            schedule.minLr(),
            schedule.lrWarmupInit(),
            schedule.lrWarmupFraction().orElse(0),
            schedule.lrWarmupIters(),
            schedule.decayIters(),
            WsdDecay.Style.valueOf(schedule.lrWsdDecayStyle().name()),
            schedule.lrWsdDecayIters().orElse(0)),
        new LoopPlan.Optimizer(
            optimizer.optimizer(),
            optimizer.adamBeta1(),
            optimizer.adamBeta2(),
            optimizer.adamEps(),
            optimizer.weightDecay(),
            optimizer.weightDecayExcludeModules(),
            optimizer.lrScaleModules(),
            optimizer.lrMult(),
            optimizer.clipGrad(),
            optimizer.enableDummyOptimizer(),
            DpoPlanner.isAskedFor(configuration)),
        new LoopPlan.Evaluation(logging.evalInterval(), logging.evalIters()),
        configuration.launch().run().seed(),
        configuration.launch().run().deterministic());
  }

  private static TrainPlan.Export export(TrainingConfiguration configuration, Path checkpoint) {
    Optional<String> save = configuration.launch().checkpoint().save();
    List<String> companions =
        COMPANIONS.stream()
            .map(name -> checkpoint.resolve(name).toAbsolutePath())
            .filter(Files::isRegularFile)
            .map(Path::toString)
            .toList();
    return new TrainPlan.Export(
        save.map(folder -> Path.of(folder).resolve(EXPORT_FOLDER).toAbsolutePath().toString())
            .orElse(""),
        companions);
  }
}
