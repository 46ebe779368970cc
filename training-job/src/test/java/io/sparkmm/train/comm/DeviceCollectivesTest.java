package io.sparkmm.train.comm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Tensors go to the group that can exchange them; those without memory stand for a device's. */
class DeviceCollectivesTest {
  private final List<String> calls = new ArrayList<>();

  @Test
  void tensorsOfTheHostGoToOneGroupAndAllOthersToTheOther() {
    Collectives group = join();
    calls.clear();
    try (PointerScope scope = new PointerScope()) {
      Tensor host = torch.zeros(new long[] {2});
      Tensor device = torch.zeros(new long[] {2}, new TensorOptions().device(meta()));

      for (Tensor tensor : List.of(host, device)) {
        group.allGather(tensor, tensor);
        group.reduceScatter(tensor, tensor, Collectives.Reduction.SUM);
        group.allReduce(tensor, Collectives.Reduction.MAX);
        group.broadcast(tensor, 0);
      }
    }

    assertThat(calls)
        .containsExactly(
            "host allGather",
            "host reduceScatter",
            "host allReduce",
            "host broadcast",
            "device allGather",
            "device reduceScatter",
            "device allReduce",
            "device broadcast");
  }

  @Test
  void bothGroupsAreSplitAbortedAndClosed() {
    Collectives group = join();
    calls.clear();

    group.barrier(Duration.ofSeconds(1));
    Collectives part = group.split(List.of(new int[] {0}), "part");
    part.abort();
    part.close();

    assertThat(calls)
        .containsExactly(
            "host barrier",
            "device split",
            "host split",
            "device abort",
            "host abort",
            "device close",
            "host close");
    assertThat(group.backend()).isEqualTo("device and, for host memory, host");
  }

  @Test
  void theGroupsMeetOnAPortThatRankZeroPicks() {
    List<Integer> ports = new ArrayList<>();

    DeviceCollectives.of(
        new Recorder("device"),
        port -> {
          ports.add(port);
          return new Recorder("host");
        });

    assertThat(ports).singleElement().satisfies(port -> assertThat(port).isBetween(1024, 65535));
    assertThat(calls).containsExactly("device broadcast");
  }

  private Collectives join() {
    return DeviceCollectives.of(new Recorder("device"), port -> new Recorder("host"));
  }

  private static DeviceOptional meta() {
    return new DeviceOptional(new Device("meta"));
  }

  /** A group of one worker that writes down what it was asked for. */
  private final class Recorder implements Collectives {
    private static final Pending DONE = () -> {};
    private final String name;

    Recorder(String name) {
      this.name = name;
    }

    @Override
    public String backend() {
      return name;
    }

    @Override
    public int rank() {
      return 0;
    }

    @Override
    public int size() {
      return 1;
    }

    @Override
    public Pending allGather(Tensor output, Tensor input) {
      return called("allGather");
    }

    @Override
    public Pending reduceScatter(Tensor output, Tensor input, Reduction reduction) {
      return called("reduceScatter");
    }

    @Override
    public Pending allReduce(Tensor tensor, Reduction reduction) {
      return called("allReduce");
    }

    @Override
    public Pending broadcast(Tensor tensor, int root) {
      return called("broadcast");
    }

    @Override
    public void barrier(Duration timeout) {
      called("barrier");
    }

    @Override
    public Collectives split(List<int[]> groups, String part) {
      called("split");
      return new Recorder(name);
    }

    @Override
    public void abort() {
      called("abort");
    }

    @Override
    public void close() {
      called("close");
    }

    private Pending called(String operation) {
      calls.add(name + " " + operation);
      return DONE;
    }
  }
}
