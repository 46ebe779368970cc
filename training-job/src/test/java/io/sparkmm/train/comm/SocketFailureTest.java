package io.sparkmm.train.comm;

import io.sparkmm.train.comm.shared.SharedMemorySettings;

/** Failures where bytes travel through sockets. */
class SocketFailureTest extends GlooFailureTest {
  @Override
  SharedMemorySettings memory() {
    return SharedMemorySettings.none("this is a test of sockets");
  }
}
