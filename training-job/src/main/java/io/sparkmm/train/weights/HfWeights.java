package io.sparkmm.train.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.safetensors.CheckpointWriter;
import io.sparkmm.convert.safetensors.SafetensorsWriter;
import io.sparkmm.convert.safetensors.ShardPlan;
import io.sparkmm.convert.tensor.TensorSink;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.train.model.HfFormat;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Checkpoint folders of Hugging Face libraries: weights, configuration, generation settings. */
public final class HfWeights {
  private static final int CHUNK_BYTES = 1 << 30;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private HfWeights() {}

  /** The content of a folder's {@code config.json}. */
  public static JsonNode readConfig(Path folder) {
    Path file = folder.resolve("config.json");
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new ModelException(
          ModelException.Kind.IO, "Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Gives every parameter of a model host storage of a type with the values of a folder's files;
   * adapters are passed over.
   *
   * @throws ModelException listing all missing and unexpected tensors and all wrong shapes
   */
  public static void load(Path folder, TrainableModel model, ScalarType type) {
    try (HfCheckpoint checkpoint = HfCheckpoint.open(folder, model)) {
      for (Parameter parameter : checkpoint.parameters()) {
        try (PointerScope scope = new PointerScope()) {
          parameter.setData(checkpoint.read(parameter, type));
        }
      }
    }
  }

  /**
   * What to save besides the model.
   *
   * @param type type of the tensors in the files
   * @param extraFiles files to copy beside the weights, such as the tokenizer's
   * @param fileBytes largest size of one weight file
   */
  public record SaveOptions(ScalarType type, List<Path> extraFiles, long fileBytes) {
    public SaveOptions {
      extraFiles = List.copyOf(extraFiles);
    }

    /** Weights of a type in files of the customary size. */
    public static SaveOptions of(ScalarType type) {
      return new SaveOptions(type, List.of(), ShardPlan.DEFAULT_LIMIT);
    }
  }

  /**
   * Writes a checkpoint folder, which appears as a whole or not at all.
   *
   * @param folder must not exist, or be empty
   * @param model names, shapes and configuration
   * @param tensors the full tensor of each parameter; is called once per parameter in definition
   *     order, so that sharded parameters can be gathered one after the other. Tensors may be on
   *     any device and of any floating-point type
   * @param options type and further files
   */
  public static void save(
      Path folder, TrainableModel model, Function<String, Tensor> tensors, SaveOptions options) {
    HfFormat format =
        model
            .hfFormat()
            .orElseThrow(
                () ->
                    new ModelException(
                        ModelException.Kind.WEIGHTS,
                        "Cannot save "
                            + model.getClass().getName()
                            + ": it has no Hugging Face form"));
    StagedFolder.make(
        folder,
        staging -> {
          copy(options, staging);
          writeJson(staging.resolve("config.json"), format, options.type());
          JSON.writeValue(
              staging.resolve("generation_config.json").toFile(), format.generationConfig());
          writeTensors(staging, model, tensors, options);
        });
  }

  /**
   * Tensors for a single file.
   *
   * @param file its name
   * @param shapes what belongs into it, by name in the file
   * @param values the full tensor of each, asked for once, in order
   */
  public record NamedTensors(
      String file, Map<String, Parameter> shapes, Function<String, Tensor> values) {}

  /**
   * Writes a folder with one file of tensors, which appears as a whole or not at all.
   *
   * @param folder must not exist, or be empty
   * @param documents JSON files by name
   * @param options type of the tensors and further files
   */
  public static void saveTensors(
      Path folder, NamedTensors tensors, Map<String, ObjectNode> documents, SaveOptions options) {
    StagedFolder.make(
        folder,
        staging -> {
          copy(options, staging);
          for (Map.Entry<String, ObjectNode> document : documents.entrySet()) {
            JSON.writeValue(staging.resolve(document.getKey()).toFile(), document.getValue());
          }
          List<TensorSpec> specs = specs(tensors.shapes(), options);
          try (SafetensorsWriter writer =
              SafetensorsWriter.create(
                  staging.resolve(tensors.file()), specs, SafetensorsWriter.TORCH)) {
            append(writer, specs, tensors.values(), options);
            writer.commit();
          }
        });
  }

  private static void copy(SaveOptions options, Path staging) throws IOException {
    for (Path file : options.extraFiles()) {
      Files.copy(file, staging.resolve(file.getFileName()));
    }
  }

  /** Writes the checkpoint folder of a model whose parameters hold their full tensors. */
  public static void save(Path folder, TrainableModel model, SaveOptions options) {
    var parameters = model.namedParameters();
    save(folder, model, name -> parameters.get(name).data(), options);
  }

  private static void writeJson(Path file, HfFormat format, ScalarType type) throws IOException {
    JSON.writeValue(file.toFile(), format.config().put("torch_dtype", torchName(type)));
  }

  private static String torchName(ScalarType type) {
    return switch (TensorTypes.inFile(type)) {
      case F64 -> "float64";
      case BF16 -> "bfloat16";
      case F16 -> "float16";
      default -> "float32";
    };
  }

  private static void writeTensors(
      Path folder, TrainableModel model, Function<String, Tensor> tensors, SaveOptions options) {
    List<TensorSpec> specs = specs(model.namedParameters(), options);
    try (CheckpointWriter writer = CheckpointWriter.create(folder, specs, options.fileBytes())) {
      append(writer, specs, tensors, options);
      writer.commit();
    }
  }

  private static List<TensorSpec> specs(Map<String, Parameter> parameters, SaveOptions options) {
    List<TensorSpec> specs = new ArrayList<>();
    parameters.forEach(
        (name, parameter) ->
            specs.add(TensorSpec.of(name, TensorTypes.inFile(options.type()), parameter.shape())));
    return specs;
  }

  private static void append(
      TensorSink writer,
      List<TensorSpec> specs,
      Function<String, Tensor> tensors,
      SaveOptions options) {
    for (TensorSpec spec : specs) {
      try (PointerScope scope = new PointerScope()) {
        append(writer, spec, tensors.apply(spec.name()).detach(), options.type());
      }
    }
  }

  private static void append(TensorSink writer, TensorSpec spec, Tensor tensor, ScalarType type) {
    Tensor host = tensor.cpu().to(type).contiguous();
    if (host.nbytes() != spec.byteSize()) {
      throw new ModelException(
          ModelException.Kind.WEIGHTS,
          "Cannot save parameter "
              + spec.name()
              + ": got "
              + host.numel()
              + " elements for shape "
              + spec.shape());
    }
    BytePointer memory = new BytePointer(host.data_ptr());
    for (long done = 0; done < spec.byteSize(); ) {
      int length = (int) Math.min(CHUNK_BYTES, spec.byteSize() - done);
      writer.append(
          spec.name(), new BytePointer(memory.getPointer(done)).capacity(length).asByteBuffer());
      done += length;
    }
  }
}
