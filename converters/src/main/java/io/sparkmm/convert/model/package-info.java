/**
 * The model families: how the tensors of a Hugging Face checkpoint become those of MindSpeed-MM and
 * back, before anything is divided among ranks.
 */
package io.sparkmm.convert.model;
