package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.source.Attributes;
import io.sparkmm.data.source.Attributes.Column;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;

class SmallPartsTest {
  private static ObjectNode config() {
    return TestInputs.config(Path.of("model"), Path.of("records.json"), Path.of("media"));
  }

  @Test
  void rangesEndWhereTheyShould() throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream("abcdefgh".getBytes(StandardCharsets.UTF_8));
    try (RangeStream range = new RangeStream(in, 5)) {
      assertThat(range.markSupported()).isFalse();
      assertThat(range.read()).isEqualTo('a');
      byte[] buffer = new byte[10];
      assertThat(range.read(buffer, 2, 8)).isEqualTo(4);
      assertThat(new String(buffer, 2, 4, StandardCharsets.UTF_8)).isEqualTo("bcde");
      assertThat(range.read()).isEqualTo(-1);
      assertThat(range.read(buffer, 0, 1)).isEqualTo(-1);
    }
    assertThat(in.read()).isEqualTo('f');
  }

  @Test
  void hadoopSettingsTravel() throws Exception {
    Configuration configuration = new Configuration(false);
    configuration.set("fs.example.key", "value");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new HadoopSettings(configuration));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      Configuration read = ((HadoopSettings) in.readObject()).configuration();
      assertThat(read.get("fs.example.key")).isEqualTo("value");
      assertThat(read.size()).isEqualTo(2);
    }
    assertThat(configuration.size()).isEqualTo(1);
  }

  @Test
  void relativePathsStartFromTheFolderOfTheDriver() {
    Configuration settings = new HadoopSettings(new Configuration()).configuration();

    assertThat(HadoopSettings.absolute(new org.apache.hadoop.fs.Path("set/a.png"), settings))
        .isEqualTo(
            new org.apache.hadoop.fs.Path(
                Path.of("set/a.png").toAbsolutePath().toUri().toString()));
    assertThat(
            HadoopSettings.absolute(new org.apache.hadoop.fs.Path("hdfs://host/a.png"), settings))
        .isEqualTo(new org.apache.hadoop.fs.Path("hdfs://host/a.png"));
    assertThat(HadoopSettings.absolute(new org.apache.hadoop.fs.Path("a.png"), new Configuration()))
        .isEqualTo(new org.apache.hadoop.fs.Path("a.png"));
  }

  @Test
  void attributesAreThoseOfTheConfiguration() {
    ObjectNode config = config();
    TestInputs.attr(config)
        .put("system", "sys")
        .put("role_tag", "who")
        .put("content_tag", "what")
        .put("user_tag", "u")
        .put("assistant_tag", "a")
        .put("function_tag", "f");
    Attributes attributes =
        SourceAttributes.of(
            TestInputs.settings(config, Path.of("out"), PrepareSettings.Options.of(8))
                .data()
                .datasetParam()
                .attr());
    assertThat(attributes.columns())
        .containsOnlyKeys(Column.MESSAGES, Column.SYSTEM, Column.IMAGES)
        .containsEntry(Column.MESSAGES, "conversations")
        .containsEntry(Column.SYSTEM, "sys")
        .containsEntry(Column.IMAGES, "image");
    assertThat(attributes.roles())
        .containsOnlyKeys(Role.USER, Role.ASSISTANT, Role.FUNCTION)
        .containsEntry(Role.USER, "u")
        .containsEntry(Role.ASSISTANT, "a");
    assertThat(attributes.roleTag()).isEqualTo("who");
    assertThat(attributes.contentTag()).isEqualTo("what");
  }

  @Test
  void recordedSettingsNameEverythingThatDecides() {
    ObjectNode config = config();
    TestInputs.basic(config).put("max_samples", 5).put("val_rate", 0.5);
    SortedMap<String, String> recorded =
        RecordedSettings.of(
            TestInputs.settings(config, Path.of("out"), PrepareSettings.Options.of(64)));
    assertThat(recorded)
        .containsEntry("dataset", "records.json")
        .containsEntry("dataset_dir", "media")
        .containsEntry("seq_length", "64")
        .containsEntry("max_samples", "5")
        .containsEntry("val_rate", "0.5")
        .containsEntry("mask_history", "false")
        .containsEntry("attr.user_tag", "human")
        .containsEntry("image_placeholder", "<image>")
        .doesNotContainKeys("attr.system_tag", "output", "partitions", "val_dataset");
  }

  @Test
  void failuresAreExplainedByTheirOwnException() {
    DataException known = new DataException(DataException.Kind.SOURCE, "the cause");
    assertThat(JobFailures.explain("x", new RuntimeException(new IllegalStateException(known))))
        .isSameAs(known);
    assertThat(JobFailures.explain("prepare x", new IllegalStateException("odd")))
        .hasMessage("Cannot prepare x: the Spark job failed: java.lang.IllegalStateException: odd");
  }
}
