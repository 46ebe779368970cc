package io.sparkmm.train.launch;

import io.sparkmm.conf.ComputeMode;
import io.sparkmm.conf.LossType;
import io.sparkmm.train.model.ChunkSize;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A checked run, as it travels to the workers.
 *
 * @param program what is trained and on what
 * @param programClass class of the {@link io.sparkmm.train.loop.TrainingProgram}
 * @param loop length, learning rate and update rule
 * @param sharding how the model is spread over the workers
 * @param timeout longest wait for other workers
 * @param export where the trained model goes
 * @param tools what is recorded besides
 * @param checkpoints what the run begins with and keeps
 * @param devices where the workers compute and how they exchange tensors
 */
public record TrainPlan(
    Program program,
    String programClass,
    LoopPlan loop,
    ShardingPlan sharding,
    Duration timeout,
    Export export,
    ToolsPlan tools,
    CheckpointPlan checkpoints,
    DevicePlan devices)
    implements Serializable {
  /**
   * What a training program needs to know. A program of the user's gets it as the only argument of
   * its public constructor.
   *
   * @param model the model
   * @param data the data
   * @param loss how the loss is computed
   * @param logTokens whether the mean length of a sample is reported, too
   * @param validates whether the run validates
   * @param dpo how preferences are trained; none or one
   */
  public record Program(
      ModelPlan model,
      DataPlan data,
      Loss loss,
      boolean logTokens,
      boolean validates,
      List<DpoPlan> dpo)
      implements Serializable {
    public Program {
      dpo = List.copyOf(dpo);
      Objects.requireNonNull(model, "model");
      Objects.requireNonNull(data, "data");
      Objects.requireNonNull(loss, "loss");
    }
  }

  /**
   * How the loss is computed.
   *
   * @param type how token losses are reduced
   * @param mode how logits are formed
   * @param chunkSize tokens of a piece, for the modes with pieces
   */
  public record Loss(LossType type, ComputeMode mode, int chunkSize) implements Serializable {
    public Loss {
      Objects.requireNonNull(type, "type");
      Objects.requireNonNull(mode, "mode");
    }

    /** Pieces that the loss is computed in; empty for all logits at once. */
    Optional<ChunkSize> chunks() {
      return switch (mode) {
        case DEFAULT -> Optional.empty();
        case CHUNK -> Optional.of(ChunkSize.fixed(chunkSize));
        case DYNAMIC_CHUNK -> Optional.of(ChunkSize.upTo(chunkSize));
      };
    }
  }

  /**
   * Where the trained model goes.
   *
   * @param folder Hugging Face folder to make; empty text to keep nothing
   * @param extraFiles files to copy into it
   */
  public record Export(String folder, List<String> extraFiles) implements Serializable {
    public Export {
      Objects.requireNonNull(folder, "folder");
      extraFiles = List.copyOf(extraFiles);
    }
  }

  public TrainPlan {
    Objects.requireNonNull(program, "program");
    Objects.requireNonNull(programClass, "programClass");
    Objects.requireNonNull(loop, "loop");
    Objects.requireNonNull(sharding, "sharding");
    Objects.requireNonNull(timeout, "timeout");
    Objects.requireNonNull(export, "export");
    Objects.requireNonNull(tools, "tools");
    Objects.requireNonNull(checkpoints, "checkpoints");
    Objects.requireNonNull(devices, "devices");
  }
}
