/** Recording what a run does: traces of time, and memory over time. */
package io.sparkmm.train.profile;
