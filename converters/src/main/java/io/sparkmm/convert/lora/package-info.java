/** Low-rank adapters: finding their matrices by name and merging them into weights. */
package io.sparkmm.convert.lora;
