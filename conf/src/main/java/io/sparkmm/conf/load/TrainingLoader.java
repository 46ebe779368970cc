package io.sparkmm.conf.load;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.EnvironmentSettings;
import io.sparkmm.conf.Fsdp2Config;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.ToolsConfig;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.conf.load.ConfigFile.Kind;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** Reads all sources of one training run with one collector of problems. */
final class TrainingLoader {
  private final ConfigProblems problems = new ConfigProblems();
  private final Map<Kind, ConfigFile> files = new HashMap<>();

  TrainingConfiguration load(List<String> arguments, Map<String, String> environment) {
    Optional<EnvironmentSettings> settings =
        sound(() -> EnvironmentSettings.validate(environment, problems));
    List<String> expanded =
        OneYamlLaunch.isUsed(arguments) ? OneYamlLaunch.expand(arguments, problems) : arguments;
    LaunchArguments given = LaunchArguments.parse(expanded, problems);
    Optional<LaunchArguments> launch =
        CrossChecks.canRead(problems.problems()) ? Optional.of(given) : Optional.empty();

    var sources = given.sources();
    Optional<ModelConfig> model =
        required(Kind.MODEL, "--mm-model", sources.mmModel(), ConfigLoader::readModel);
    Optional<DataConfig> data =
        required(Kind.DATA, "--mm-data", sources.mmData(), ConfigLoader::readData);
    Optional<ToolsConfig> tools =
        optional(Kind.TOOLS, sources.mmTool(), ConfigLoader::readTools, ToolsConfig::defaults);
    Optional<Fsdp2Config> fsdp2 =
        optional(
            Kind.FSDP2, sources.fsdp2ConfigPath(), ConfigLoader::readFsdp2, Fsdp2Config::defaults);

    Optional<LaunchArguments> effective = launch;
    if (launch.isPresent() && model.isPresent()) {
      effective = Optional.of(StructurePrecedence.apply(launch.get(), model.get(), problems));
    }
    model.ifPresent(config -> HuggingFaceFolder.check(sources.mmModel().get(), config, problems));
    new CrossChecks(problems).run(new CrossChecks.Sources(effective, settings, model, data, fsdp2));
    if (effective.isPresent() && tools.isPresent()) {
      new ToolsChecks(problems, effective.get()).run(tools.get());
    }
    new PathCheck(Path.of("").toAbsolutePath(), problems).run(given, files);
    boolean complete =
        model.isPresent()
            && data.isPresent()
            && tools.isPresent()
            && fsdp2.isPresent()
            && effective.isPresent()
            && settings.isPresent();
    if (!complete) {
      problems.throwIfAny();
    }
    TrainingConfiguration configuration =
        new TrainingConfiguration(
            model.orElseThrow(),
            data.orElseThrow(),
            tools.orElseThrow(),
            fsdp2.orElseThrow(),
            effective.orElseThrow(),
            settings.orElseThrow(),
            problems.warnings());
    if (problems.count() > 0) {
      throw new ConfigException(problems.problems(), Optional.of(configuration));
    }
    return configuration;
  }

  private <T> Optional<T> sound(Supplier<T> step) {
    int before = problems.countWithoutUnknownKeys();
    T result = step.get();
    return problems.countWithoutUnknownKeys() == before ? Optional.of(result) : Optional.empty();
  }

  private <T> Optional<T> required(
      Kind kind,
      String option,
      Optional<String> path,
      BiFunction<ConfigFile, ConfigProblems, T> reader) {
    if (path.orElse("").isEmpty()) {
      problems.add(LaunchArguments.FILE, option, "", "is required");
      return Optional.empty();
    }
    return read(kind, path.get(), reader);
  }

  private <T> Optional<T> optional(
      Kind kind,
      Optional<String> path,
      BiFunction<ConfigFile, ConfigProblems, T> reader,
      Supplier<T> defaults) {
    return path.orElse("").isEmpty() ? Optional.of(defaults.get()) : read(kind, path.get(), reader);
  }

  private <T> Optional<T> read(
      Kind kind, String path, BiFunction<ConfigFile, ConfigProblems, T> reader) {
    Optional<ConfigFile> file = ConfigFile.load(kind, path, problems);
    file.ifPresent(loaded -> files.put(kind, loaded));
    return file.flatMap(loaded -> sound(() -> reader.apply(loaded, problems)));
  }
}
