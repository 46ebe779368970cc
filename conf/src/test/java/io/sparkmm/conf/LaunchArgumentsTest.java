package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.MINIMAL_ARGUMENTS;
import static io.sparkmm.conf.ConfigTesting.arguments;
import static io.sparkmm.conf.ConfigTesting.assertEveryKeyDiffers;
import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.load.ConfigPrinter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LaunchArgumentsTest {
  private static final String DEFAULTS =
      """
      --nproc-per-node = null
      --nnodes = null
      --node-rank = 0
      --master-addr = localhost
      --master-port = 6000
      --local-worker-num = null
      --worker-num = null
      --log-dir = null
      --bind-core = null
      --distributed-backend = null
      --device = null
      --ai-framework = null
      --distributed-timeout-minutes = 10
      --mm-model = null
      --mm-data = null
      --mm-tool = null
      --fsdp2-config-path = null
      --tensor-model-parallel-size = 1
      --pipeline-model-parallel-size = 1
      --virtual-pipeline-model-parallel-size = null
      --context-parallel-size = 1
      --context-parallel-algo = null
      --expert-model-parallel-size = 1
      --sequence-parallel = false
      --unaligned-linear = false
      --micro-batch-size = 1
      --global-batch-size = null
      --seq-length = 64
      --variable-seq-lengths = false
      --num-workers = 2
      --num-layers = null
      --hidden-size = null
      --ffn-hidden-size = null
      --num-attention-heads = null
      --num-query-groups = null
      --max-position-embeddings = null
      --untie-embeddings-and-output-weights = false
      --attention-dropout = 0.1
      --hidden-dropout = 0.1
      --bf16 = false
      --fp16 = false
      --downcast-to-bf16 = false
      --use-torch-fsdp2 = false
      --use-distributed-optimizer = false
      --no-gradient-accumulation-fusion = false
      --init-model-with-meta-device = false
      --no-initialization = false
      --use-cpu-initialization = false
      --weight-decay = 0.01
      --adam-beta1 = 0.9
      --adam-beta2 = 0.999
      --adam-eps = 1.0E-8
      --clip-grad = 1.0
      --optimizer = adam
      --optimizer-selection = fused_adamw
      --weight-decay-exclude-modules = []
      --lr-scale-modules = []
      --lr-mult = 1.0
      --enable-dummy-optimizer = false
      --train-iters = 10
      --lr = 1.0E-5
      --min-lr = 0.0
      --lr-decay-style = linear
      --lr-decay-iters = null
      --lr-warmup-fraction = null
      --lr-warmup-iters = 0
      --lr-warmup-init = 0.0
      --lr-wsd-decay-iters = null
      --lr-wsd-decay-style = exponential
      --seed = 1234
      --calculate-per-sample-loss = false
      --calculate-per-token-loss = false
      --use-deter-comp = false
      --npu-deterministic = false
      --trust-remote-code = false
      --recompute-granularity = null
      --recompute-method = null
      --recompute-num-layers = null
      --load = null
      --save = null
      --save-interval = null
      --no-load-optim = false
      --no-load-rng = false
      --no-save-optim = false
      --no-save-rng = false
      --ckpt-format = torch_dist
      --ckpt-step = null
      --finetune = false
      --exit-on-missing-checkpoint = false
      --override-opt-param-scheduler = false
      --use-checkpoint-opt-param-scheduler = false
      --async-save = false
      --log-interval = 100
      --eval-interval = 1000
      --eval-iters = 100
      --log-tps = false
      --log-throughput = false
      --tensorboard-dir = null
      --tensorboard-log-interval = 1
      --log-timers-to-tensorboard = false
      --log-validation-ppl-to-tensorboard = false
      --log-world-size-to-tensorboard = false
      --report = null
      --lora-target-modules = []
      --lora-r = 8
      --lora-alpha = 16.0
      --lora-dropout = 0.0
      --load-base-model = null
      --lora-register-forward-hook = [word_embeddings, input_layernorm, final_layernorm]
      --dpo-beta = 0.1
      --dpo-loss-type = sigmoid
      --dpo-label-smoothing = 0.0
      --pref-ftx = 0.0
      --ref-model = null
      --entry-point = null
      --without-effect = {}
      """;

  private static final String EVERY_OPTION =
      """
      --nproc-per-node 8
      --nnodes 2
      --node-rank 1
      --master-addr host
      --master-port 29501
      --local-worker-num 8
      --worker-num 16
      --log-dir logs
      --bind-core True
      --distributed-backend npu:hccl,cpu:gloo
      --device npu
      --ai-framework mindspore
      --distributed-timeout-minutes 20
      --mm-model m.json
      --mm-data d.json
      --mm-tool t.json
      --fsdp2-config-path f.yaml
      --tensor-model-parallel-size 2
      --pipeline-model-parallel-size 4
      --virtual-pipeline-model-parallel-size 3
      --context-parallel-size 2
      --context-parallel-algo ulysses_cp_algo
      --expert-model-parallel-size 2
      --sequence-parallel
      --unaligned-linear
      --micro-batch-size 2
      --global-batch-size 16
      --seq-length 1024
      --variable-seq-lengths
      --num-workers 8
      --num-layers 28
      --hidden-size 1536
      --ffn-hidden-size 8960
      --num-attention-heads 12
      --num-query-groups 2
      --max-position-embeddings 32768
      --untie-embeddings-and-output-weights
      --attention-dropout 0.0
      --hidden-dropout 0.2
      --bf16
      --downcast-to-bf16
      --use-torch-fsdp2
      --use-distributed-optimizer
      --no-gradient-accumulation-fusion
      --init-model-with-meta-device
      --no-initialization
      --use-cpu-initialization
      --weight-decay 0.0
      --adam-beta1 0.8
      --adam-beta2 0.98
      --adam-eps 1e-6
      --clip-grad 0.0
      --optimizer sgd
      --optimizer-selection fused_torch_adamw
      --weight-decay-exclude-modules norm bias
      --lr-scale-modules visual
      --lr-mult 0.5
      --enable-dummy-optimizer
      --train-iters 10000
      --lr 5.0e-6
      --min-lr 1e-7
      --lr-decay-style WSD
      --lr-decay-iters 9000
      --lr-warmup-fraction 0.1
      --lr-warmup-init 1e-8
      --lr-wsd-decay-iters 100
      --lr-wsd-decay-style cosine
      --seed 42
      --calculate-per-token-loss
      --use-deter-comp
      --npu-deterministic
      --recompute-granularity full
      --recompute-method uniform
      --recompute-num-layers 1
      --load in
      --save out
      --save-interval 5000
      --no-load-optim
      --no-load-rng
      --no-save-optim
      --no-save-rng
      --ckpt-format torch_dcp
      --ckpt-step 7
      --finetune
      --exit-on-missing-checkpoint
      --use-checkpoint-opt-param-scheduler
      --async-save
      --log-interval 1
      --eval-interval 10000
      --eval-iters 5000
      --log-tps
      --log-throughput
      --tensorboard-dir tb
      --tensorboard-log-interval 5
      --log-timers-to-tensorboard
      --log-validation-ppl-to-tensorboard
      --log-world-size-to-tensorboard
      --report run.html
      --lora-target-modules linear_qkv linear_proj
      --lora-r 16
      --lora-alpha 32
      --lora-dropout 0.1
      --load-base-model base
      --lora-register-forward-hook word_embeddings
      --dpo-beta 0.2
      --dpo-label-smoothing 0.5
      --pref-ftx 1
      --ref-model ref
      --swiglu
      """;

  private static final String EVERY_VALUE =
      """
      --nproc-per-node = 8
      --nnodes = 2
      --node-rank = 1
      --master-addr = host
      --master-port = 29501
      --local-worker-num = 8
      --worker-num = 16
      --log-dir = logs
      --bind-core = True
      --distributed-backend = npu:hccl,cpu:gloo
      --device = npu
      --ai-framework = mindspore
      --distributed-timeout-minutes = 20
      --mm-model = m.json
      --mm-data = d.json
      --mm-tool = t.json
      --fsdp2-config-path = f.yaml
      --tensor-model-parallel-size = 2
      --pipeline-model-parallel-size = 4
      --virtual-pipeline-model-parallel-size = 3
      --context-parallel-size = 2
      --context-parallel-algo = ulysses_cp_algo
      --expert-model-parallel-size = 2
      --sequence-parallel = true
      --unaligned-linear = true
      --micro-batch-size = 2
      --global-batch-size = 16
      --seq-length = 1024
      --variable-seq-lengths = true
      --num-workers = 8
      --num-layers = 28
      --hidden-size = 1536
      --ffn-hidden-size = 8960
      --num-attention-heads = 12
      --num-query-groups = 2
      --max-position-embeddings = 32768
      --untie-embeddings-and-output-weights = true
      --attention-dropout = 0.0
      --hidden-dropout = 0.2
      --bf16 = true
      --fp16 = false
      --downcast-to-bf16 = true
      --use-torch-fsdp2 = true
      --use-distributed-optimizer = true
      --no-gradient-accumulation-fusion = true
      --init-model-with-meta-device = true
      --no-initialization = true
      --use-cpu-initialization = true
      --weight-decay = 0.0
      --adam-beta1 = 0.8
      --adam-beta2 = 0.98
      --adam-eps = 1.0E-6
      --clip-grad = 0.0
      --optimizer = sgd
      --optimizer-selection = fused_torch_adamw
      --weight-decay-exclude-modules = [norm, bias]
      --lr-scale-modules = [visual]
      --lr-mult = 0.5
      --enable-dummy-optimizer = true
      --train-iters = 10000
      --lr = 5.0E-6
      --min-lr = 1.0E-7
      --lr-decay-style = WSD
      --lr-decay-iters = 9000
      --lr-warmup-fraction = 0.1
      --lr-warmup-iters = 0
      --lr-warmup-init = 1.0E-8
      --lr-wsd-decay-iters = 100
      --lr-wsd-decay-style = cosine
      --seed = 42
      --calculate-per-sample-loss = false
      --calculate-per-token-loss = true
      --use-deter-comp = true
      --npu-deterministic = true
      --trust-remote-code = false
      --recompute-granularity = full
      --recompute-method = uniform
      --recompute-num-layers = 1
      --load = in
      --save = out
      --save-interval = 5000
      --no-load-optim = true
      --no-load-rng = true
      --no-save-optim = true
      --no-save-rng = true
      --ckpt-format = torch_dcp
      --ckpt-step = 7
      --finetune = true
      --exit-on-missing-checkpoint = true
      --override-opt-param-scheduler = false
      --use-checkpoint-opt-param-scheduler = true
      --async-save = true
      --log-interval = 1
      --eval-interval = 10000
      --eval-iters = 5000
      --log-tps = true
      --log-throughput = true
      --tensorboard-dir = tb
      --tensorboard-log-interval = 5
      --log-timers-to-tensorboard = true
      --log-validation-ppl-to-tensorboard = true
      --log-world-size-to-tensorboard = true
      --report = run.html
      --lora-target-modules = [linear_qkv, linear_proj]
      --lora-r = 16
      --lora-alpha = 32.0
      --lora-dropout = 0.1
      --load-base-model = base
      --lora-register-forward-hook = [word_embeddings]
      --dpo-beta = 0.2
      --dpo-loss-type = sigmoid
      --dpo-label-smoothing = 0.5
      --pref-ftx = 1.0
      --ref-model = ref
      --entry-point = pretrain_vlm.py
      --without-effect = {swiglu: }
      """;

  @Test
  void keepsTheDefaultsOfTheReference() {
    assertThat(ConfigPrinter.argumentLines(LaunchArguments.parse(MINIMAL_ARGUMENTS)))
        .containsExactlyElementsOf(DEFAULTS.lines().toList());
  }

  @Test
  void takesEveryOption() {
    List<String> command = new ArrayList<>(List.of("pretrain_vlm.py"));
    command.addAll(words(EVERY_OPTION));

    List<String> printed = ConfigPrinter.argumentLines(LaunchArguments.parse(command));

    assertThat(printed).containsExactlyElementsOf(EVERY_VALUE.lines().toList());
    assertEveryKeyDiffers(
        DEFAULTS.lines().toList(),
        printed,
        Set.of(
            "--fp16",
            "--lr-warmup-iters",
            "--calculate-per-sample-loss",
            "--trust-remote-code",
            "--override-opt-param-scheduler",
            "--dpo-loss-type"));
  }

  @Test
  void takesTheOptionsThatExcludeOthers() {
    LaunchArguments launch =
        LaunchArguments.parse(
            arguments(
                "--fp16",
                "--lr-warmup-iters",
                "5",
                "--calculate-per-sample-loss",
                "--override-opt_param-scheduler",
                "--dpo-loss-type",
                "sigmoid"));

    assertThat(launch.precision().fp16()).isTrue();
    assertThat(launch.schedule().lrWarmupIters()).isEqualTo(5);
    assertThat(launch.run().calculatePerSampleLoss()).isTrue();
    assertThat(launch.checkpoint().overrideOptParamScheduler()).isTrue();
  }

  @Test
  void namesEveryRequiredOption() {
    assertThat(problemsOf(() -> LaunchArguments.parse(List.of())))
        .containsExactly(
            "launch arguments: --micro-batch-size: is required",
            "launch arguments: --seq-length: is required",
            "launch arguments: --train-iters: is required",
            "launch arguments: --lr: is required");
  }

  @Test
  void theLastOfEqualOptionsWins() {
    LaunchArguments launch = LaunchArguments.parse(arguments("--seed", "1", "--seed", "2"));

    assertThat(launch.run().seed()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--nproc_per_node 4", "--nproc-per-node 4", "--nproc_per_node=4"})
  void spellingsOfAnOptionAreTheSame(String option) {
    LaunchArguments launch = LaunchArguments.parse(arguments(option.split(" ", -1)));

    assertThat(launch.launcher().nprocPerNode()).hasValue(4);
    assertThat(launch.worldSize()).isEqualTo(4);
  }

  @Test
  void workersAreWorkersPerNodeTimesNodes() {
    assertThat(LaunchArguments.parse(MINIMAL_ARGUMENTS).worldSize()).isEqualTo(1);
    assertThat(
            LaunchArguments.parse(arguments("--nproc_per_node", "8", "--nnodes", "4")).worldSize())
        .isEqualTo(32);
    assertThat(LaunchArguments.parse(arguments("--local_worker_num", "3")).worldSize())
        .isEqualTo(3);
  }

  @Test
  void negativeNumbersAreValues() {
    assertThat(LaunchArguments.parse(arguments("--seed", "-5")).run().seed()).isEqualTo(-5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b c", "a,b,c", "a, b ,c"})
  void targetModulesMayBeJoinedByCommas(String words) {
    List<String> command = new ArrayList<>(arguments("--lora-target-modules"));
    command.addAll(words.contains(", ") ? List.of(words) : words(words));

    assertThat(LaunchArguments.parse(command).lora().loraTargetModules())
        .containsExactly("a", "b", "c");
  }

  @Test
  void keepsOptionsWithoutEffect() {
    LaunchArguments launch =
        LaunchArguments.parse(
            arguments(
                "--use-mcore-models", "--tokenizer-type", "NullTokenizer", "--vocab-size", "1"));

    assertThat(launch.withoutEffect())
        .containsOnlyKeys("tokenizer_type", "use_mcore_models", "vocab_size")
        .containsEntry("tokenizer_type", "NullTokenizer")
        .containsEntry("use_mcore_models", "");
  }

  @ParameterizedTest
  @CsvSource({
    "pretrain_vlm.py, PRETRAIN_VLM",
    "scripts/pretrain_transformers.py, PRETRAIN_TRANSFORMERS",
    "posttrain_qwen2vl_dpo.py, POSTTRAIN_QWEN2VL_DPO",
  })
  void aScriptAmongTheArgumentsNamesTheTask(String script, EntryPoint task) {
    List<String> command = new ArrayList<>(List.of("--nnodes", "1", script));
    command.addAll(MINIMAL_ARGUMENTS);

    LaunchArguments launch = LaunchArguments.parse(command);

    assertThat(launch.entryPoint()).contains(task);
    assertThat(launch.launcher().nnodes()).hasValue(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--micro-batch-sise 2 | --micro-batch-sise = 2: unknown key; did you mean --micro-batch-size?",
        "--use-torch-fsdp | --use-torch-fsdp: unknown key; did you mean --use-torch-fsdp2?",
        "--zzzzzzzzzzzz 1 2 | --zzzzzzzzzzzz = [\"1\",\"2\"]: unknown key",
        "--seed x | --seed = x: expected a whole number, got 'x'",
        "--seed 1.5 | --seed = 1.5: expected a whole number, got '1.5'",
        "--seed 1e3 | --seed = 1e3: expected a whole number, got '1e3'",
        "--seed | --seed: expected a whole number, got no value",
        "--seed 1 2 | --seed = [\"1\",\"2\"]: expected a whole number, got 2 values",
        "--bf16 true | --bf16 = true: expected no value, got 'true'",
        "--load | --load: expected a text, got no value",
        "--lr 0 | --lr = 0: must be greater than 0",
        "--lr nan | --lr = nan: expected a number, got 'nan'",
        "--min-lr -1 | --min-lr = -1: must be at least 0",
        "--min-lr 1 | --min-lr = 1: must not be greater than --lr = 1.0E-5",
        "--lr-warmup-init 1 | --lr-warmup-init = 1: must not be greater than --lr = 1.0E-5",
        "--lr-warmup-iters 10 | --lr-warmup-iters = 10: must be less than the decay iterations = 10",
        "--lr-warmup-fraction 1 | --lr-warmup-fraction = 1: must be in [0, 1)",
        "--lr-warmup-fraction 0.1 --lr-warmup-iters 2 | --lr-warmup-iters = 2: cannot be given"
            + " together with --lr-warmup-fraction = 0.1",
        "--lr-decay-style cosinus | --lr-decay-style = cosinus: must be one of constant, linear,"
            + " cosine, inverse-square-root, WSD; did you mean cosine?",
        "--lr-decay-style WSD | --lr-wsd-decay-iters: is required with --lr-decay-style = WSD",
        "--lr-decay-style WSD --lr-wsd-decay-iters 11 | --lr-wsd-decay-iters = 11: must not exceed the"
            + " decay iterations = 10",
        "--train-samples 100 | --train-samples = 100: is not supported; give --train-iters and options"
            + " in iterations",
        "--adam-beta1 1 | --adam-beta1 = 1: must be in [0, 1)",
        "--adam-eps 0 | --adam-eps = 0: must be greater than 0",
        "--weight-decay -1 | --weight-decay = -1: must be at least 0",
        "--clip-grad -1 | --clip-grad = -1: must be at least 0",
        "--optimizer muon | --optimizer = muon: is not supported; must be adam or sgd",
        "--optimizer-selection fused_ema_adamw | --optimizer-selection = fused_ema_adamw: is not"
            + " supported; must be fused_adamw or fused_torch_adamw",
        "--context-parallel-algo ring | --context-parallel-algo = ring: must be one of"
            + " ulysses_cp_algo, megatron_cp_algo, hybrid_cp_algo",
        "--distributed-backend mpi | --distributed-backend = mpi: must be one of nccl, gloo, hccl,"
            + " npu:hccl,cpu:gloo",
        "--ckpt-format safetensors | --ckpt-format = safetensors: must be one of torch, torch_dist,"
            + " zarr, torch_dcp",
        "--sequence-parallel | --sequence-parallel: needs --tensor-model-parallel-size greater than 1,"
            + " which is 1",
        "--calculate-per-sample-loss --calculate-per-token-loss | --calculate-per-sample-loss: cannot"
            + " be given together with --calculate-per-token-loss",
        "--bf16 --fp16 | --fp16: cannot be given together with --bf16",
        "--trust-remote-code | --trust-remote-code: is not supported: code of a model folder is never"
            + " run",
        "--log-interval 0 | --log-interval = 0: must be at least 1",
        "--eval-interval 0 | --eval-interval = 0: must be at least 1",
        "--save out --save-interval 0 | --save-interval = 0: must be at least 1",
        "--save out | --save-interval: is required together with --save = out",
        "--override-opt_param-scheduler --use-checkpoint-opt_param-scheduler |"
            + " --override-opt-param-scheduler: cannot be given together with"
            + " --use-checkpoint-opt-param-scheduler",
        "--lora-target-modules | --lora-target-modules: needs at least one name",
        "--lora-r 0 | --lora-r = 0: must be at least 1",
        "--lora-alpha 0 | --lora-alpha = 0: must be greater than 0",
        "--lora-dropout 1 | --lora-dropout = 1: must be in [0, 1)",
        "--lora-mixed-training | --lora-mixed-training: is not supported",
        "--lora-apply-modules vision | --lora-apply-modules = vision: is not supported; must be all",
        "--dpo-beta 0 | --dpo-beta = 0: must be greater than 0",
        "--dpo-loss-type hinge | --dpo-loss-type = hinge: must be one of sigmoid",
        "--dpo-label-smoothing 0.6 | --dpo-label-smoothing = 0.6: must be in [0, 0.5]",
        "--pref-ftx -0.1 | --pref-ftx = -0.1: must be at least 0",
        "--use-txt-dynamic-batching | --use-txt-dynamic-batching: is not supported; remove it",
        "--worker-num 3 | --worker-num = 3: must be equal to workers per node times nodes = 1",
        "--nproc_per_node 2 --local_worker_num 3 | --local-worker-num = 3: must be equal to"
            + " --nproc-per-node = 2",
        "--nnodes 2 --node_rank 2 | --node-rank = 2: must be less than --nnodes = 2",
        "--master_port 70000 | --master-port = 70000: must be in [1, 65535]",
      })
  void refusesAnOption(String options, String message) {
    List<String> command = new ArrayList<>(MINIMAL_ARGUMENTS);
    command.addAll(words(options));

    assertThat(problemsOf(() -> LaunchArguments.parse(command)))
        .containsExactly("launch arguments: " + message);
  }

  @Test
  void refusesAWordInFrontOfTheOptions() {
    List<String> command = new ArrayList<>(List.of("train.py"));
    command.addAll(MINIMAL_ARGUMENTS);

    assertThat(problemsOf(() -> LaunchArguments.parse(command)))
        .containsExactly("launch arguments = train.py: expected an option that starts with --");
  }

  @Test
  void aBrokenNumberDoesNotHideOtherProblems() {
    assertThat(
            problemsOf(
                () ->
                    LaunchArguments.parse(
                        List.of("--lr", "x", "--train-iters", "0", "--dpo-beta", "-1", "--foo"))))
        .containsExactly(
            "launch arguments: --micro-batch-size: is required",
            "launch arguments: --seq-length: is required",
            "launch arguments: --train-iters = 0: must be at least 1",
            "launch arguments: --lr = x: expected a number, got 'x'",
            "launch arguments: --dpo-beta = -1: must be greater than 0",
            "launch arguments: --foo: unknown key");
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.strip().split("\\s+", -1)).toList();
  }
}
