package io.sparkmm.train.launch;

import io.sparkmm.train.checkpoint.DcpCheckpoints;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.lora.Lora;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * How a bare model becomes one that is spread over the workers and has its weights.
 *
 * @param model the model
 * @param sharding how it is spread
 */
public record ModelSharding(ModelPlan model, ShardingPlan sharding) implements Serializable {
  public ModelSharding {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(sharding, "sharding");
  }

  /**
   * Spreads a model; every rank calls it at the same point.
   *
   * @param bare of {@link ModelPlan#build}, or a program's own
   * @param where workers, device and seed of fresh weights
   */
  ParallelModel apply(TrainableModel bare, TrainContext where) {
    model.adapt(bare, where.seed());
    List<String> wrapped =
        ShardingPlan.require(sharding.select(bare), "shard by", "sub_modules_to_wrap");
    ShardingPlan.require(sharding.selectIgnored(bare), "ignore", "ignored_modules");
    boolean declared = bare.namedParameters().values().stream().noneMatch(Parameter::materialized);
    if (!model.recompute().modules().isEmpty()) {
      Lora.requireGradients(bare, model.lora());
    }
    ParallelModel parallel =
        FullyShard.applyDeclared(
            bare,
            wrapped,
            where.dataParallel(),
            sharding.settings(bare, where.deviceName()),
            TorchTypes.of(model.weightType()));
    if (model.shardWise() && declared) {
      model.fill(bare, parallel.state(), where.seed());
    }
    if (!model.baseCheckpoint().isEmpty()) {
      DcpCheckpoints.loadBase(Path.of(model.baseCheckpoint()), bare, parallel, where.rank());
    }
    model.recompute().apply(bare);
    return parallel;
  }
}
