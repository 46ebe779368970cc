package io.sparkmm.conf;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Launch arguments.
 *
 * @param launcher where the workers are
 * @param sources the configuration files
 * @param parallel how the model is spread over workers
 * @param batch samples per step
 * @param structure structure of the decoder
 * @param precision number types, sharding and initialisation
 * @param optimizer the update rule
 * @param schedule length of the run and learning rate over it
 * @param run loss, randomness and other switches
 * @param recompute Megatron-style recomputation
 * @param checkpoint loading and saving
 * @param logging logs and validation
 * @param lora low-rank adapters
 * @param dpo preference training
 * @param entryPoint task, if a script is named among the arguments
 * @param withoutEffect options of scripts that are accepted and change nothing, as given
 */
public record LaunchArguments(
    LauncherArguments launcher,
    SourceArguments sources,
    ParallelArguments parallel,
    BatchArguments batch,
    StructureArguments structure,
    PrecisionArguments precision,
    OptimizerArguments optimizer,
    ScheduleArguments schedule,
    RunArguments run,
    RecomputeOptions recompute,
    CheckpointArguments checkpoint,
    LoggingArguments logging,
    LoraArguments lora,
    DpoArguments dpo,
    Optional<EntryPoint> entryPoint,
    Map<String, String> withoutEffect) {
  /** What messages name as the file. */
  public static final String FILE = "launch arguments";

  /** Options of launch scripts that tune kernels or name what the model file decides on. */
  static final List<String> NO_EFFECT =
      List.of(
          "attention_mask_type",
          "attention_softmax_in_fp32",
          "disable_bias_linear",
          "enable_one_logger",
          "group_query_attention",
          "init_method_std",
          "make_vocab_size_divisible_by",
          "no_masked_softmax_fusion",
          "norm_epsilon",
          "normalization",
          "overlap_grad_reduce",
          "overlap_param_gather",
          "position_embedding_type",
          "reuse_fp32_param",
          "rotary_base",
          "swiglu",
          "tensorboard_queue_size",
          "tokenizer_type",
          "use_flash_attn",
          "use_fused_rmsnorm",
          "use_fused_rotary_pos_emb",
          "use_fused_swiglu",
          "use_mcore_models",
          "vocab_size");

  /** Options that change what is computed and that nothing here implements. */
  static final List<String> UNSUPPORTED =
      List.of(
          "dynamic_batch_buffer_size",
          "encoder_dp_balance",
          "hetero_parallel",
          "max_seq_len",
          "num_experts",
          "use_data_balance",
          "use_txt_dynamic_batching");

  /** Copies the map. */
  public LaunchArguments {
    withoutEffect = Collections.unmodifiableMap(new TreeMap<>(withoutEffect));
  }

  /**
   * Reads a command line.
   *
   * @throws ConfigException with all problems of the command line
   */
  public static LaunchArguments parse(List<String> arguments) {
    ConfigProblems problems = new ConfigProblems();
    LaunchArguments parsed = parse(arguments, problems);
    problems.throwIfAny();
    return parsed;
  }

  /** Reads a command line; the result may only be used if no problem was added. */
  public static LaunchArguments parse(List<String> arguments, ConfigProblems problems) {
    ArgumentTokens tokens = ArgumentTokens.of(FILE, arguments, problems);
    ConfigSection section =
        ConfigSection.root(FILE, ConfigSection.Dialect.ARGUMENTS, tokens.options(), problems);
    return read(section, tokens.entryPoint());
  }

  static LaunchArguments read(ConfigSection section, Optional<EntryPoint> entryPoint) {
    LaunchArguments read =
        new LaunchArguments(
            LauncherArguments.read(section),
            SourceArguments.read(section),
            ParallelArguments.read(section),
            BatchArguments.read(section),
            StructureArguments.read(section),
            PrecisionArguments.read(section),
            OptimizerArguments.read(section),
            ScheduleArguments.read(section),
            RunArguments.read(section),
            RecomputeOptions.read(section),
            CheckpointArguments.read(section),
            LoggingArguments.read(section),
            LoraArguments.read(section),
            DpoArguments.read(section),
            entryPoint,
            readWithoutEffect(section));
    for (String key : UNSUPPORTED) {
      section.refuse(key, "is not supported; remove it");
    }
    section.finish();
    return read;
  }

  private static Map<String, String> readWithoutEffect(ConfigSection section) {
    Map<String, String> given = new TreeMap<>();
    for (String key : NO_EFFECT) {
      JsonNode value = section.raw(key);
      if (!value.isMissingNode()) {
        given.put(key, value.isBoolean() ? "" : value.asText(value.toString()));
      }
    }
    return given;
  }

  /** These arguments with other structure values. */
  public LaunchArguments withStructure(StructureArguments other) {
    return new LaunchArguments(
        launcher,
        sources,
        parallel,
        batch,
        other,
        precision,
        optimizer,
        schedule,
        run,
        recompute,
        checkpoint,
        logging,
        lora,
        dpo,
        entryPoint,
        withoutEffect);
  }

  /** All workers: workers per node times nodes. */
  public int worldSize() {
    return launcher.worldSize();
  }
}
