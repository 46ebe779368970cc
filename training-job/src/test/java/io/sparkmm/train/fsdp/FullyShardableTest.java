package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.testing.ResidualNet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Models that shard themselves. */
class FullyShardableTest {
  /** Runs the three phases with a list of modules of its own. */
  private static final class Chooser extends ResidualNet implements FullyShardable {
    private final List<String> phases = new ArrayList<>();

    Chooser() {
      super(2, ScalarType.Float);
    }

    @Override
    public ShardRequest preFullyShard(ShardRequest request) {
      phases.add("pre " + request.modulePaths());
      return request.withModules(List.of("blocks.1"));
    }

    @Override
    public ParallelModel shardModules(ShardRequest request) {
      phases.add("shard " + request.modulePaths());
      return FullyShardable.super.shardModules(request);
    }

    @Override
    public void postFullyShard(ParallelModel model, ShardRequest request) {
      phases.add("post " + model.parameters().size());
    }
  }

  /** Decides at run time whether to shard itself. */
  private static final class Doubter extends ResidualNet implements FullyShardable {
    private final boolean own;

    Doubter(boolean own) {
      super(2, ScalarType.Float);
      this.own = own;
    }

    @Override
    public Optional<ParallelModel> fullyShard(ShardRequest request) {
      return own ? Optional.of(new UnshardedModel(this)) : Optional.empty();
    }
  }

  /** No module at all. */
  private static final class Stranger implements FullyShardable {}

  @Test
  void phasesRunInOrderAndMayChangeTheRequest() {
    Chooser net = new Chooser();
    try (ParallelModel model = apply(net)) {
      assertThat(net.phases)
          .containsExactly(
              "pre [blocks.0]", "shard [blocks.1]", "post " + model.parameters().size());
      // The root's group and that of blocks.1: a weight of blocks.0 belongs to the root.
      assertThatThrownBy(() -> net.namedParameters().get("blocks.0.scale").value())
          .hasMessageContaining("of its module (root)");
      assertThatThrownBy(() -> net.namedParameters().get("blocks.1.scale").value())
          .hasMessageContaining("of its module blocks.1");
    }
  }

  @Test
  void whatTheModelReturnsTakesPrecedence() {
    try (ParallelModel own = apply(new Doubter(true));
        ParallelModel usual = apply(new Doubter(false))) {
      assertThat(own).isInstanceOf(UnshardedModel.class);
      assertThat(usual).isInstanceOf(ShardedModel.class);
    }
  }

  @Test
  void modelThatIsNoModuleIsNamed() {
    ShardRequest request =
        new ShardRequest(
            List.of(), new LocalCollectives(), FsdpSettings.DEFAULTS, Optional.empty());
    assertThatThrownBy(() -> new Stranger().fullyShard(request))
        .isInstanceOf(FsdpException.class)
        .hasMessageContaining("FullyShardableTest$Stranger: a model that shards itself must be");
  }

  private static ParallelModel apply(ResidualNet net) {
    return FullyShard.apply(
        net, List.of("blocks.0"), new LocalCollectives(), FsdpSettings.DEFAULTS);
  }
}
