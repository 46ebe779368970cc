/**
 * The conversions from and to distributed checkpoints, and the merging of adapters, as the commands
 * of {@code mm-convert} ask for them: typed options and plans.
 */
package io.sparkmm.convert.dcp.command;
