package io.sparkmm.convert.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.dcp.DcpFile;
import io.sparkmm.convert.dcp.DcpKey;
import io.sparkmm.convert.dcp.DcpShard;
import io.sparkmm.convert.dcp.DcpWriter;
import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.torch.TorchFileLayout;
import io.sparkmm.convert.view.MemoryContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FolderKindsTest {

  private static final TensorSpec SPEC = TensorSpec.of("w", DType.F32, 3000);

  @TempDir private Path folder;

  @Test
  void checksRankFoldersWithoutAManifest() throws IOException {
    Path release = ranks();

    assertThat(FolderVerifier.verify(folder).summary())
        .startsWith("sound: rank folders, 4 files, 4 tensors, ");

    flip(release.resolve("mp_rank_01_000/model_optim_rng.pt"), 6000);
    Files.write(release.resolve("mp_rank_00_000/model_optim_rng.pt"), new byte[100]);
    Files.delete(release.resolve("mp_rank_01_001/model_optim_rng.pt"));
    Files.delete(release.resolve("mp_rank_01_001"));
    assertThat(FolderVerifier.verify(folder).problems())
        .hasSize(3)
        .anyMatch(text -> text.equals("mp_rank_01_001 is missing by the names of the others"))
        .anyMatch(text -> text.contains("mp_rank_00_000/model_optim_rng.pt"))
        .anyMatch(text -> text.contains("mp_rank_01_000/model_optim_rng.pt"));
  }

  @Test
  void checksDistributedCheckpointsWithoutAManifest() throws IOException {
    DcpFile file =
        DcpFile.plan(
            DcpFile.name(0, 0),
            List.of(),
            List.of(DcpShard.whole(DcpKey.of("model", "w"), content())));
    DcpWriter.finish(folder, List.of(DcpWriter.write(folder, file)));

    assertThat(FolderVerifier.verify(folder).summary())
        .startsWith("sound: distributed checkpoint, 2 files, 1 tensors, ");

    flip(folder.resolve("__0_0.distcp"), 6000);
    assertThat(FolderVerifier.verify(folder).problems())
        .hasSize(1)
        .allMatch(text -> text.contains("__0_0.distcp"));
  }

  @Test
  void saysWhatIsWrongWithATracker() throws IOException {
    Files.writeString(folder.resolve("latest_checkpointed_iteration.txt"), "soon");

    assertThat(FolderVerifier.verify(folder).problems())
        .hasSize(1)
        .allMatch(text -> text.startsWith("Invalid metadata file " + folder));
  }

  @Test
  void refusesTwoKindsOfOneName() {
    assertThatThrownBy(() -> FolderKinds.of(List.of(new RankFolder(), new RankFolder())))
        .hasMessage(
            "Cannot register io.sparkmm.convert.verify.RankFolder:"
                + " io.sparkmm.convert.verify.RankFolder has the name rank folders");
  }

  /** Four ranks as a conversion writes them, without the manifest. */
  private Path ranks() throws IOException {
    List<PlannedFile> files = new ArrayList<>();
    for (String rank : List.of("00_000", "00_001", "01_000", "01_001")) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("model", Map.of("w", SPEC));
      tree.put("checkpoint_version", 3.0);
      files.add(
          new PlannedFile(
              "mp_rank_" + rank + "/model_optim_rng.pt",
              TorchFileLayout.of("model_optim_rng", tree),
              List.of(content())));
    }
    ConversionPlan plan =
        new ConversionPlan(
            "Sample",
            OutputFolder.release(folder),
            files,
            List.of(),
            List.of(),
            new TreeMap<>(),
            List.of());
    PlanExecutor.execute(plan, ExecutionOptions.defaults());
    Path release = folder.resolve("release");
    Files.delete(release.resolve("sparkmm_conversion.json"));
    return release;
  }

  private static MemoryContent content() {
    return MemoryContent.of(SPEC, ByteBuffer.allocate((int) SPEC.byteSize()));
  }

  private static void flip(Path path, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    bytes[at] ^= 1;
    Files.write(path, bytes);
  }
}
