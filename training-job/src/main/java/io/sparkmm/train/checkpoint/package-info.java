/**
 * Checkpoints of training runs: directories of {@code torch.distributed.checkpoint} below a folder
 * with a tracker file. {@link io.sparkmm.train.checkpoint.DcpCheckpoints} is what a trainer is
 * given; {@link io.sparkmm.train.checkpoint.StoredRun} tells what a checkpoint holds without a
 * model.
 */
package io.sparkmm.train.checkpoint;
