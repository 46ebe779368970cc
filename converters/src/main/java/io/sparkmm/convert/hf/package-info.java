/** Hugging Face folders: weights and configuration as input, shards and assets as output. */
package io.sparkmm.convert.hf;
