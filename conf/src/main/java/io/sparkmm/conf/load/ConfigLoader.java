package io.sparkmm.conf.load;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.Fsdp2Config;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.ToolsConfig;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.conf.load.ConfigFile.Kind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads configuration files. Every method finds all problems before it throws one {@link
 * ConfigException}. The {@code parse} methods take the text of a file that the caller has read, for
 * instance from a Hadoop file system; the suffix of its name decides on the format. Warnings are
 * logged, except by {@link #load}, which returns them.
 */
public final class ConfigLoader {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigLoader.class);

  private ConfigLoader() {}

  /** Reads {@code model.json}, or the section {@code model} of a YAML file. */
  public static ModelConfig loadModel(Path path) {
    return load(Kind.MODEL, path, ConfigLoader::readModel);
  }

  /** Reads the text of {@code model.json}. */
  public static ModelConfig parseModel(String fileName, String text) {
    return parse(Kind.MODEL, fileName, text, ConfigLoader::readModel);
  }

  /** Reads {@code data.json}, or the section {@code data} of a YAML file. */
  public static DataConfig loadData(Path path) {
    return load(Kind.DATA, path, ConfigLoader::readData);
  }

  /** Reads the text of {@code data.json}. */
  public static DataConfig parseData(String fileName, String text) {
    return parse(Kind.DATA, fileName, text, ConfigLoader::readData);
  }

  /** Reads {@code tools.json}, or the section {@code tool} of a YAML file. */
  public static ToolsConfig loadTools(Path path) {
    return load(Kind.TOOLS, path, ConfigLoader::readTools);
  }

  /** Reads the text of {@code tools.json}. */
  public static ToolsConfig parseTools(String fileName, String text) {
    return parse(Kind.TOOLS, fileName, text, ConfigLoader::readTools);
  }

  /** Reads {@code fsdp2.yaml}. */
  public static Fsdp2Config loadFsdp2(Path path) {
    return load(Kind.FSDP2, path, ConfigLoader::readFsdp2);
  }

  /** Reads the text of {@code fsdp2.yaml}. */
  public static Fsdp2Config parseFsdp2(String fileName, String text) {
    return parse(Kind.FSDP2, fileName, text, ConfigLoader::readFsdp2);
  }

  /**
   * Reads everything that a training run is told and checks the parts against each other.
   *
   * @param arguments the command line without the name of the program; if the first one ends in
   *     {@code .yaml}, that file stands for arguments, data and model
   * @param environment the environment variables
   * @throws ConfigException with the problems of all sources
   */
  public static TrainingConfiguration load(
      List<String> arguments, Map<String, String> environment) {
    return new TrainingLoader().load(arguments, environment);
  }

  static ModelConfig readModel(ConfigFile file, ConfigProblems problems) {
    return ModelConfig.read(file.section(problems), file.content());
  }

  static DataConfig readData(ConfigFile file, ConfigProblems problems) {
    return DataConfig.read(file.section(problems));
  }

  static ToolsConfig readTools(ConfigFile file, ConfigProblems problems) {
    return ToolsConfig.read(file.section(problems));
  }

  static Fsdp2Config readFsdp2(ConfigFile file, ConfigProblems problems) {
    return Fsdp2Config.read(file.section(problems));
  }

  private static <T> T load(
      Kind kind, Path path, BiFunction<ConfigFile, ConfigProblems, T> reader) {
    return complete(problems -> ConfigFile.load(kind, path.toString(), problems), reader);
  }

  private static <T> T parse(
      Kind kind, String name, String text, BiFunction<ConfigFile, ConfigProblems, T> reader) {
    return complete(problems -> ConfigFile.parse(kind, name, text, problems), reader);
  }

  private static <T> T complete(
      Function<ConfigProblems, Optional<ConfigFile>> source,
      BiFunction<ConfigFile, ConfigProblems, T> reader) {
    ConfigProblems problems = new ConfigProblems();
    Optional<T> result = source.apply(problems).map(file -> reader.apply(file, problems));
    for (ConfigProblem warning : problems.warnings()) {
      LOG.warn("{}", warning);
    }
    problems.throwIfAny();
    return result.orElseThrow(
        () -> new IllegalStateException("Cannot read a file without problem"));
  }
}
