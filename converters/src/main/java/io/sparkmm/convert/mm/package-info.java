/**
 * Checkpoints as MindSpeed-MM saves and loads them: a tracker file that names an iteration, and in
 * the folder of the iteration one folder per rank.
 */
package io.sparkmm.convert.mm;
