/**
 * Directories of {@code torch.distributed.checkpoint}: reading those of any number of ranks as
 * whole tensors, and writing them, each rank its own file and one of them the metadata.
 */
package io.sparkmm.convert.dcp;
