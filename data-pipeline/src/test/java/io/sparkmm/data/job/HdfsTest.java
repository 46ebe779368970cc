package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.coco.BoxStyle;
import io.sparkmm.data.coco.CocoTexts;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All data jobs with sources, pictures and outputs in an HDFS; only the checkpoint is local. */
@Tag("slow")
class HdfsTest {
  private static final int PICTURES = 12;

  @TempDir private static java.nio.file.Path folder;
  private static MiniDFSCluster cluster;
  private static FileSystem hdfs;
  private static String root;
  private static TestInputs inputs;

  @BeforeAll
  static void start() throws IOException {
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
    cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    hdfs = cluster.getFileSystem();
    root = cluster.getURI().toString();
    inputs = TestInputs.draw(folder, PICTURES);
    for (String part : List.of("images", "annotations", "llava_train.json")) {
      upload(inputs.folder().resolve(part), "/set/" + part);
    }
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.shutdown(true);
    }
  }

  private static void upload(java.nio.file.Path local, String name) throws IOException {
    hdfs.copyFromLocalFile(new Path(local.toUri()), new Path(name));
  }

  private static List<String> names(String folderName) throws IOException {
    return Arrays.stream(hdfs.listStatus(new Path(folderName)))
        .map(FileStatus::getPath)
        .map(Path::getName)
        .sorted()
        .toList();
  }

  private static ShardManifest prepare(String records, String media, ObjectNode attr) {
    return prepare(records, media, attr, "/shards" + records);
  }

  private static ShardManifest prepare(
      String records, String media, ObjectNode attr, String output) {
    ObjectNode config =
        TestInputs.config(
            inputs.folder().resolve("model"),
            java.nio.file.Path.of("x"),
            java.nio.file.Path.of("x"));
    TestInputs.basic(config).put("dataset", root + records).put("dataset_dir", root + media);
    TestInputs.attr(config).setAll(attr);
    PrepareSettings.Options options =
        new PrepareSettings.Options(
            256,
            new PrepareSettings.Sharding(5, OptionalInt.of(2), 0),
            true,
            0,
            io.sparkmm.data.encode.Placeholders.DEFAULT);
    PrepareSettings parsed = TestInputs.settings(config, java.nio.file.Path.of("x"), options);
    return PrepareJob.run(
        TestSpark.local(2), new PrepareSettings(parsed.data(), root + output, options));
  }

  private static ObjectNode mllm() {
    return TestInputs.MAPPER
        .createObjectNode()
        .put("messages", "messages")
        .put("images", "images")
        .put("role_tag", "role")
        .put("content_tag", "content")
        .put("user_tag", "user")
        .put("assistant_tag", "assistant");
  }

  @Test
  void llavaIsImportedAndPrepared() throws IOException {
    ImportReport report =
        ImportLlavaJob.run(
            TestSpark.local(2),
            new ImportSettings(
                root + "/set/llava_train.json",
                root + "/set/images",
                "train",
                root + "/made/llava.json",
                OptionalInt.empty()));
    assertThat(report.dropped()).isEmpty();
    assertThat(names("/made")).contains("llava.json").noneMatch(name -> name.startsWith("."));
    assertThat(hdfs.getFileStatus(new Path("/made/llava.json")).getPermission().toShort())
        .isEqualTo((short) 0600);

    ShardManifest manifest = prepare("/made/llava.json", "/set/images", mllm());

    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(report.kept());
    assertThat(manifest.rejected()).isZero();
    assertThat(names("/shards/made/llava.json")).contains("manifest.json");
  }

  @Test
  void llavaIsPreparedWithoutConversion() {
    ShardManifest manifest =
        prepare("/set/llava_train.json", "/set/images/train", TestInputs.MAPPER.createObjectNode());
    assertThat(manifest.rejected()).isZero();
    assertThat(manifest.rows(Split.TRAIN)).isPositive();
  }

  @Test
  void cocoIsImportedAndPrepared() throws IOException {
    String instances =
        names("/set/annotations").stream()
            .filter(name -> name.contains("instances"))
            .findFirst()
            .orElseThrow();
    ImportCocoJob.Report report =
        ImportCocoJob.run(
            TestSpark.local(2),
            new ImportCocoSettings(
                new ImportCocoSettings.Sources(
                    Optional.empty(),
                    Optional.of(root + "/set/annotations/" + instances),
                    root + "/set/images",
                    "train"),
                new CocoTexts("c", true, "o", BoxStyle.NONE, false),
                root + "/made/coco.json",
                OptionalInt.empty()));
    assertThat(report.records().kept()).isEqualTo(PICTURES);

    ShardManifest manifest = prepare("/made/coco.json", "/set/images", mllm());

    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(PICTURES);
  }

  @Test
  void rlhfvIsImported() throws IOException {
    upload(TestFiles.golden("rlhfv").resolve("conversations"), "/rlhfv");
    ImportReport report =
        ImportRlhfVJob.run(
            TestSpark.local(2),
            new ImportRlhfVSettings(
                root + "/rlhfv",
                "",
                root + "/made/rlhfv",
                ImportRlhfVSettings.PICTURES,
                OptionalInt.empty()));

    java.nio.file.Path copy = folder.resolve("rlhf-v.json");
    hdfs.copyToLocalFile(new Path("/made/rlhfv/rlhf-v.json"), new Path(copy.toUri()));
    assertThat(copy)
        .hasSameTextualContentAs(TestFiles.golden("rlhfv").resolve("conversations.expected.json"));
    assertThat(names("/made/rlhfv/images")).hasSize((int) report.kept());
    assertThat(names("/made/rlhfv")).containsExactly("images", "rlhf-v.json");
  }
}
