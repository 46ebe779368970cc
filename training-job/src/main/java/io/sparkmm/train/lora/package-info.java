/**
 * Low-rank adapters (LoRA): which modules get one, how their tensors are named in files, and the
 * folder that the PEFT library loads.
 */
package io.sparkmm.train.lora;
