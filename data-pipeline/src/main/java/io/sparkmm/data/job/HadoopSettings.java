package io.sparkmm.data.job;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A Hadoop configuration that can travel to the workers of a job. It carries the folder that
 * relative paths start from, since workers run in folders of their own.
 */
public final class HadoopSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final String SPARK_PREFIX = "spark.hadoop.";
  private static final String WORKING_FOLDER = "sparkmm.working-folder";

  private transient Configuration configuration;

  /** Settings and working folder of this process. */
  public HadoopSettings(Configuration configuration) {
    this.configuration = new Configuration(configuration);
    try {
      this.configuration.set(
          WORKING_FOLDER, FileSystem.get(configuration).getWorkingDirectory().toString());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot use the default file system: " + e.getMessage(), e);
    }
  }

  /**
   * The settings that Spark would use in this process, without starting it: Hadoop's own, and the
   * {@code spark.hadoop.} properties that spark-submit has set.
   */
  public static Configuration ofProcess() {
    Configuration configuration = new Configuration();
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith(SPARK_PREFIX)) {
        configuration.set(name.substring(SPARK_PREFIX.length()), System.getProperty(name));
      }
    }
    return configuration;
  }

  /** A path with the driver's working folder in front when it is relative. */
  static Path absolute(Path path, Configuration configuration) {
    String folder = configuration.get(WORKING_FOLDER, "");
    return path.isAbsolute() || folder.isEmpty() ? path : new Path(folder, path);
  }

  /** The settings. */
  public Configuration configuration() {
    return configuration;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    configuration.write(out);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    configuration = new Configuration(false);
    configuration.readFields(in);
  }
}
