/**
 * Conversion plans: which bytes go where, checked before the first one moves, and their execution.
 */
package io.sparkmm.convert.plan;
