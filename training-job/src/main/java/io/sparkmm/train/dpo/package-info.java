/**
 * Direct preference optimisation: log-probabilities of answers, and the loss that compares those of
 * the trained model with those of a reference.
 */
package io.sparkmm.train.dpo;
