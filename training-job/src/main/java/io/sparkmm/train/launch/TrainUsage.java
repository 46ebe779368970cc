package io.sparkmm.train.launch;

/** Help text of the verb {@code train}. */
final class TrainUsage {
  private TrainUsage() {}

  static String text() {
    return String.join(
        System.lineSeparator(),
        "Usage: sparkmm train --prepared FOLDER --mm-model FILE --mm-data FILE [--mm-tool FILE]",
        "                     --use-torch-fsdp2 [--fsdp2-config-path FILE] [launch arguments]",
        "Trains a vision-language model on a prepared data set.",
        "",
        "  --prepared FOLDER         data set made by `sparkmm prepare`",
        "  --program CLASS           own training program instead of supervised fine-tuning",
        "  --mm-model, --mm-data, --mm-tool, --fsdp2-config-path FILE",
        "                            configuration files",
        "  --nproc_per_node N, --nnodes N",
        "                            workers; default: all task slots",
        "  --master_port PORT        port of the workers' rendezvous; default: a free one",
        "  --load FOLDER             Hugging Face folder with weights to start from, or --save folder",
        "                            of a run to go on with",
        "  --save FOLDER --save-interval N",
        "                            folder for a checkpoint every N iterations, metrics.jsonl,",
        "                            report.html and hf/, the trained model",
        "  --async-save              write checkpoints while the training goes on",
        "  --micro-batch-size N, --global-batch-size N, --seq-length N, --train-iters N",
        "  --lr X, --min-lr X, --lr-decay-style STYLE, --lr-warmup-fraction X, --clip-grad X",
        "  --weight-decay X, --weight-decay-exclude-modules WORD..., --seed N",
        "  --log-interval N, --log-tps",
        "  --device cpu|npu          where the workers compute; default cpu",
        "  --distributed-backend gloo|hccl|npu:hccl,cpu:gloo",
        "                            library of the collectives; default: that of the device",
        "  --distributed-timeout-minutes N",
        "                            longest time without progress; default 10",
        "  --max-restarts N          attempts after failures in a row, without a new checkpoint",
        "                            between them; default 3",
        "  --fault-plan TEXT         things to go wrong, to try what a run survives, for example",
        "                            'kill(rank=1, step=7)'; see docs/failures.md",
        "",
        "Exit codes: 0 done, 1 training failed, 2 wrong usage or configuration.");
  }
}
