package io.sparkmm.train.testing;

import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.ModuleList;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A small net with dimension-0 sizes of 1, 5 and 7: input layer, residual blocks, head. Weights are
 * a fixed function of name and position.
 */
public class ResidualNet extends Module {
  /** Features of an input row. */
  public static final int INPUTS = 4;

  private static final int HIDDEN = 7;
  private static final int INNER = 5;

  private final Linear input;
  private final ModuleList<Block> blocks;
  private final Linear head;
  private boolean skipLastBranch;
  private int skippedBlock = -1;

  /** Builds the net with weights of the given type. */
  public ResidualNet(int blockCount, ScalarType type) {
    input = child("input", new Linear(INPUTS, HIDDEN));
    blocks = child("blocks", new ModuleList<>(blockCount, index -> new Block()));
    head = child("head", new Linear(HIDDEN, 1));
    nameParameters();
    namedParameters().values().forEach(parameter -> initialise(parameter, type));
  }

  /** Freezes the parameters whose name contains a word. */
  public ResidualNet freeze(String word) {
    namedParameters().values().stream()
        .filter(parameter -> parameter.name().contains(word))
        .forEach(Parameter::freeze);
    return this;
  }

  /** Leaves the inner branch of the last block out of the computation from now on. */
  public void skipLastBranch() {
    skipLastBranch = true;
  }

  /** Leaves a block out of the computation from now on. */
  public void skipBlock(int index) {
    skippedBlock = index;
  }

  /** Predictions [B] for inputs [B, INPUTS]. */
  public Tensor forward(Tensor rows) {
    return call(
        in -> {
          Tensor hidden = input.forward(in[0]);
          for (int i = 0; i < blocks.elements().size(); i++) {
            boolean last = i == blocks.elements().size() - 1;
            if (i != skippedBlock) {
              hidden = blocks.elements().get(i).forward(hidden, skipLastBranch && last);
            }
          }
          return head.forward(hidden).view(-1);
        },
        rows);
  }

  /** The block at a position, to call it on its own. */
  public Block block(int index) {
    return blocks.elements().get(index);
  }

  /** Linear layer with bias. */
  public static final class Linear extends Module {
    private final Parameter weight;
    private final Parameter bias;

    Linear(int inputs, int outputs) {
      weight = parameter("weight", new Parameter(Parameter.Role.MATRIX, outputs, inputs));
      bias = parameter("bias", new Parameter(Parameter.Role.BIAS, outputs));
    }

    Tensor forward(Tensor rows) {
      return call(
          in -> torch.linear(in[0], weight.value(), new TensorOptional(bias.value())), rows);
    }
  }

  /** x + down(tanh(up(scale * x))). */
  public static final class Block extends Module {
    private final Parameter scale;
    private final Linear up = child("up", new Linear(HIDDEN, INNER));
    private final Linear down = child("down", new Linear(INNER, HIDDEN));

    Block() {
      scale = parameter("scale", new Parameter(Parameter.Role.NORM_WEIGHT, HIDDEN));
    }

    /** Output of the block; without its inner branch only the scale is used. */
    public Tensor forward(Tensor rows, boolean skipBranch) {
      return call(
          in -> {
            Tensor scaled = in[0].mul(scale.value());
            return skipBranch
                ? in[0].add(scaled)
                : in[0].add(down.forward(up.forward(scaled).tanh()));
          },
          rows);
    }
  }

  private static void initialise(Parameter parameter, ScalarType type) {
    double[] values = new double[(int) parameter.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.6 * Math.sin(1.7 * i + 0.01 * (parameter.name().hashCode() % 1000));
    }
    if (parameter.role() == Parameter.Role.NORM_WEIGHT) {
      for (int i = 0; i < values.length; i++) {
        values[i] += 1.0;
      }
    }
    parameter.setData(Tensors.of(type, values).view(parameter.shape()));
  }

  /** Inputs [count, INPUTS] of samples first, first + 1, ... */
  public static Tensor samples(int first, int count, ScalarType type) {
    double[] values = new double[count * INPUTS];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.cos(0.9 * (first * INPUTS + i));
    }
    return Tensors.of(type, values).view(count, INPUTS);
  }

  /** Targets [count] of the same samples. */
  public static Tensor targets(int first, int count, ScalarType type) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = Math.sin(0.7 * (first + i));
    }
    return Tensors.of(type, values);
  }

  /** Mean squared error. */
  public static Tensor loss(Tensor predictions, Tensor targets) {
    return predictions.to(FloatTypes.of(targets)).sub(targets).pow(new Scalar(2)).mean();
  }
}
