/**
 * Tensors as arrangements of pieces of tensors in files: slicing, joining and transposing without
 * touching a byte. A conversion is nothing else, so what it reads is known before it reads it.
 */
package io.sparkmm.convert.view;
