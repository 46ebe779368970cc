package io.sparkmm.train.launch;

import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.data.image.ImageArithmetic;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.PixelSettings;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.image.RegulariseFilter;
import io.sparkmm.data.job.HadoopSettings;
import io.sparkmm.data.job.PreparedPictures;
import io.sparkmm.data.job.PreparedTemplate;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.template.ChatTemplate;
import io.sparkmm.data.template.ChatTemplates;
import io.sparkmm.train.input.CollatorSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns {@code data.json} and the prepared data set into a {@link DataPlan}. */
final class DataPlanner {
  private static final Logger LOG = LoggerFactory.getLogger(DataPlanner.class);
  private static final String PREPARED = "--prepared";
  private static final int DEFAULT_PREFETCH = 2;

  private final TrainSettings settings;
  private final DataConfig data;
  private final String file;
  private final ConfigProblems problems;

  DataPlanner(TrainSettings settings, ConfigProblems problems) {
    this.settings = settings;
    this.data = settings.configuration().data();
    this.file = settings.configuration().launch().sources().mmData().orElse("data");
    this.problems = problems;
  }

  /** Folder with tokenizer and picture processor, or nothing when a problem was added. */
  Optional<Path> checkpoint() {
    Optional<String> folder = data.datasetParam().preprocessParameters().modelNameOrPath();
    if (folder.isEmpty()) {
      problems.add(
          file,
          "dataset_param.preprocess_parameters.model_name_or_path",
          "",
          "is required: the folder with tokenizer and picture processor");
    }
    return folder.map(Path::of);
  }

  /** The tokenizer, or nothing when a problem was added. */
  Optional<Vocabulary> vocabulary(Path checkpoint, Configuration hadoop) {
    String template = data.datasetParam().basicParameters().template().orElse("");
    try {
      return Optional.of(Vocabulary.read(checkpoint, template(template, hadoop)));
    } catch (DataException e) {
      problems.add(file, "dataset_param", "", e.getMessage());
      return Optional.empty();
    }
  }

  /** A built-in template, else the one of this name that the data set was prepared with. */
  private ChatTemplate template(String name, Configuration hadoop) {
    if (!ChatTemplates.standard().names().contains(name)) {
      ShardManifest.Origin origin =
          ShardReader.readManifest(new org.apache.hadoop.fs.Path(settings.prepared()), hadoop)
              .origin();
      if (origin.template().equals(name)) {
        return PreparedTemplate.of(origin);
      }
    }
    return ChatTemplates.standard().get(name);
  }

  /**
   * The plan, or nothing when a problem was added.
   *
   * @param workers number of workers, at least 1
   */
  Optional<DataPlan> plan(
      Path checkpoint, Vocabulary vocabulary, int workers, Configuration hadoop) {
    int before = problems.count();
    ProcessorConfig processor;
    ShardManifest manifest;
    RegulariseFilter filter;
    try {
      processor = ProcessorConfig.read(checkpoint);
      manifest =
          ShardReader.readManifest(new org.apache.hadoop.fs.Path(settings.prepared()), hadoop);
      filter = PreparedPictures.filter(manifest.origin());
    } catch (DataException e) {
      problems.add(
          LaunchArguments.FILE,
          PREPARED,
          settings.prepared(),
          e.getMessage() + "; make it with `sparkmm prepare`");
      return Optional.empty();
    }
    checkOrigin(manifest.origin(), processor, vocabulary);
    checkKind(manifest);
    DataPlan.Sampling sampling = sampling(workers);
    checkValidation(manifest, sampling, workers);
    try {
      sampling.order(Math.toIntExact(manifest.rows(Split.TRAIN)), workers);
    } catch (IllegalArgumentException | ArithmeticException e) {
      problems.add(LaunchArguments.FILE, PREPARED, settings.prepared(), e.getMessage());
    }
    if (problems.count() > before) {
      return Optional.empty();
    }
    var batch = settings.configuration().launch().batch();
    var preprocess = data.datasetParam().preprocessParameters();
    int prefetch = data.dataloaderParam().prefetchFactor().orElse(DEFAULT_PREFETCH);
    boolean ignorePad = data.dataloaderParam().collateParam().ignorePadTokenForLoss();
    return Optional.of(
        new DataPlan(
            absolute(settings.prepared(), hadoop),
            manifest.version(),
            absolute(".", hadoop),
            preferences(),
            sampling,
            new CollatorSettings(
                new CollatorSettings.Padding(
                    vocabulary.pad(),
                    ignorePad ? CollatorSettings.IGNORED : vocabulary.pad(),
                    CollatorSettings.DEFAULT_MULTIPLE),
                new CollatorSettings.PictureTokens(
                    vocabulary.media().start(),
                    vocabulary.media().image(),
                    vocabulary.media().end()),
                processor.mergeSize(),
                data.datasetParam().basicParameters().neatPacking()),
            processor,
            new PixelSettings(
                new PixelBounds(preprocess.imageMinPixels(), preprocess.imageMaxPixels()),
                filter,
                ImageArithmetic.of(preprocess.useFastTokenizer())),
            batch.numWorkers(),
            Math.max(1, batch.numWorkers() * prefetch),
            new HadoopSettings(hadoop)));
  }

  private static String absolute(String path, Configuration hadoop) {
    try {
      return DataFiles.qualified(new org.apache.hadoop.fs.Path(path), hadoop).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot reach the file system of " + path + ": " + e, e);
    }
  }

  private DataPlan.Sampling sampling(int workers) {
    var loader = data.dataloaderParam();
    boolean streaming = data.datasetParam().basicParameters().streaming();
    if (streaming && loader.shuffle()) {
      LOG.warn(
          "dataloader_param.shuffle has no effect with streaming: samples come in the order of the"
              + " files");
    }
    return new DataPlan.Sampling(
        loader.samplerType().text(),
        loader.shuffle() && !streaming,
        loader.dropLast(),
        loader.dataSharding(),
        settings.configuration().launch().batch().microBatchSize(),
        settings.configuration().globalBatchSize(workers));
  }

  /** Whether a run has validation data and is asked to look at them. */
  static boolean validates(TrainingConfiguration configuration) {
    var basic = configuration.data().datasetParam().basicParameters();
    return (basic.valRate() > 0 || basic.valDataset().isPresent())
        && configuration.launch().logging().evalIters() > 0;
  }

  private void checkValidation(ShardManifest manifest, DataPlan.Sampling sampling, int workers) {
    if (!validates(settings.configuration())) {
      return;
    }
    long samples = manifest.rows(Split.VAL);
    long step = (long) sampling.microBatch() * workers;
    if (samples < step) {
      problems.add(
          LaunchArguments.FILE,
          PREPARED,
          settings.prepared(),
          "has "
              + samples
              + " validation samples and "
              + manifest.rows(Split.TRAIN)
              + " training samples, while the data file asks for validation, of which "
              + workers
              + " workers with micro-batches of "
              + sampling.microBatch()
              + " take "
              + step
              + " at once; prepare more, or set --eval-iters 0");
    }
  }

  private boolean preferences() {
    return DpoPlanner.isAskedFor(settings.configuration());
  }

  private void checkKind(ShardManifest manifest) {
    try {
      manifest.expect(DataPlan.kinds(preferences()), settings.prepared());
    } catch (DataException e) {
      problems.add(LaunchArguments.FILE, PREPARED, settings.prepared(), e.getMessage());
    }
  }

  private void checkOrigin(
      ShardManifest.Origin origin, ProcessorConfig processor, Vocabulary vocabulary) {
    String template = data.datasetParam().basicParameters().template().orElse("");
    differs("template", origin.template(), template);
    differs("tokenizer", origin.tokenizerFingerprint(), vocabulary.fingerprint());
    differs("picture processor", origin.processorFingerprint(), processor.fingerprint());
  }

  private void differs(String what, String prepared, String present) {
    if (!prepared.equals(present)) {
      problems.add(
          LaunchArguments.FILE,
          PREPARED,
          settings.prepared(),
          "was prepared with "
              + what
              + " "
              + prepared
              + ", the data file names "
              + present
              + "; prepare the data again");
    }
  }
}
