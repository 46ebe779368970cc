package io.sparkmm.train.weights;

import static org.bytedeco.pytorch.global.torch.empty;

import io.sparkmm.convert.safetensors.CheckpointFolder;
import io.sparkmm.convert.safetensors.SafetensorsException;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.train.model.HfFormat;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.Constants;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Weight files that fit a model, open for reading parameter by parameter, in whole or by rows.
 *
 * <p>Opening checks that every parameter has exactly one tensor of its shape and that no tensor is
 * left over.
 */
public final class HfCheckpoint implements WeightSource, AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 30;

  private final CheckpointFolder folder;
  private final Map<String, TensorRef> byParameter;
  private final List<Parameter> parameters;

  private HfCheckpoint(
      CheckpointFolder folder, Map<String, TensorRef> byParameter, List<Parameter> parameters) {
    this.folder = folder;
    this.byParameter = byParameter;
    this.parameters = List.copyOf(parameters);
  }

  /**
   * Opens the weight files of a folder for a model. They are to hold everything but its adapters.
   *
   * @throws ModelException listing all missing and unexpected tensors and all wrong shapes
   */
  public static HfCheckpoint open(Path path, TrainableModel model) {
    HfFormat format =
        model
            .hfFormat()
            .orElseThrow(
                () ->
                    new ModelException(
                        ModelException.Kind.WEIGHTS,
                        "Cannot load "
                            + path
                            + ": "
                            + model.getClass().getName()
                            + " has no Hugging Face form"));
    CheckpointFolder folder;
    try {
      folder = CheckpointFolder.open(path);
    } catch (SafetensorsException e) {
      throw new ModelException(ModelException.Kind.IO, e.getMessage(), e);
    }
    try {
      Map<String, Parameter> wanted = new LinkedHashMap<>(model.namedParameters());
      wanted.values().removeIf(parameter -> parameter.role().isAdapter());
      return new HfCheckpoint(folder, match(folder, wanted, format), List.copyOf(wanted.values()));
    } catch (RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  private static Map<String, TensorRef> match(
      CheckpointFolder folder, Map<String, Parameter> parameters, HfFormat format) {
    Map<String, TensorRef> found = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    for (TensorRef tensor : folder.tensors()) {
      Optional<String> name = format.parameterOf(tensor.name());
      if (name.isEmpty()) {
        continue;
      }
      Parameter parameter = parameters.get(name.get());
      if (parameter == null) {
        problems.add("unexpected tensor " + tensor.name());
      } else if (!Arrays.equals(tensor.spec().dims(), parameter.shape())) {
        problems.add(
            "tensor "
                + tensor.name()
                + " has shape "
                + tensor.shape()
                + ", the model wants "
                + Arrays.toString(parameter.shape()));
      }
      TensorRef other = found.put(name.get(), tensor);
      if (other != null) {
        problems.add("tensors " + other.name() + " and " + tensor.name() + " mean the same");
      }
    }
    for (String name : parameters.keySet()) {
      if (!found.containsKey(name)) {
        problems.add("missing tensor " + name);
      }
    }
    if (!problems.isEmpty()) {
      throw new ModelException(
          ModelException.Kind.WEIGHTS,
          "Cannot load " + folder.path() + ": " + String.join("; ", problems));
    }
    return found;
  }

  /** Parameters that the files hold, in definition order. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** The whole parameter as a new host tensor of a type. */
  public Tensor read(Parameter parameter, ScalarType type) {
    long[] shape = parameter.shape();
    return read(parameter, 0, shape.length == 0 ? 1 : shape[0], type);
  }

  /**
   * Some rows of a parameter as a new host tensor of a type.
   *
   * @param first first row along dimension 0
   * @param count number of rows; may be 0
   */
  public Tensor read(Parameter parameter, long first, long count, ScalarType type) {
    return rows(parameter, first, count).to(type);
  }

  /** Some rows of a parameter in the type of the file. */
  @Override
  public Tensor rows(Parameter parameter, long first, long count) {
    TensorRef source = byParameter.get(parameter.name());
    if (source == null) {
      throw new ModelException(
          ModelException.Kind.WEIGHTS,
          "Cannot read parameter " + parameter.name() + ": the model has none of that name");
    }
    long[] shape = parameter.shape();
    long rowBytes =
        shape.length == 0 || shape[0] == 0 ? source.byteSize() : source.byteSize() / shape[0];
    if (shape.length > 0) {
      shape[0] = count;
    }
    Tensor tensor =
        empty(
            shape,
            new TensorOptions(TensorTypes.inMemory(source.name(), source.dtype())),
            Constants.NO_FORMAT);
    fill(tensor, source.name(), first * rowBytes, count * rowBytes);
    return tensor;
  }

  private void fill(Tensor tensor, String name, long offset, long bytes) {
    BytePointer memory = new BytePointer(tensor.data_ptr());
    try {
      for (long done = 0; done < bytes; ) {
        int length = (int) Math.min(CHUNK_BYTES, bytes - done);
        folder.read(
            name,
            offset + done,
            new BytePointer(memory.getPointer(done)).capacity(length).asByteBuffer());
        done += length;
      }
    } catch (SafetensorsException e) {
      throw new ModelException(ModelException.Kind.IO, e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    folder.close();
  }
}
