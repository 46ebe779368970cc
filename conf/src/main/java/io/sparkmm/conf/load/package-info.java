/** Reads configuration files, launch arguments and the environment into the records. */
package io.sparkmm.conf.load;
