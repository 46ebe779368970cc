/**
 * Execution of plans: bytes are copied by several threads into a hidden work folder, recorded file
 * by file so that an interrupted run can go on, and appear at the target as a whole.
 */
package io.sparkmm.convert.execute;
