package io.sparkmm.train.npu.standin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Faults that the stand-in makes on demand, and what else a machine can be in the way of. */
class StandInFaultTest {
  private static final String FAST = "STANDIN_TIME_SCALE=0.01";

  @TempDir private Path folder;

  private ContractRun run(String line, String... environment) {
    return ContractRun.of(folder, line, environment);
  }

  @Test
  void aCallFailsAtItsPlaceAndThePeerTimesOut() {
    run(
            "loop",
            "STANDIN_FAIL=op:allreduce,rank:1,seq:7,code:9",
            FAST,
            "HCCL_EXEC_TIMEOUT=300",
            "HCCL_CONNECT_TIMEOUT=7200")
        .returns("1.done", 6)
        .returns("1.call", 9)
        .returns("0.done", 6)
        .returns("0.synchronize", 507048)
        .says("rank(s) 1 did not take part in HcclAllReduce (operation 7 of");
  }

  @Test
  void anOperationHangsUntilItsTimeIsOver() {
    run(
            "loop",
            "STANDIN_FAIL=op:allreduce,rank:1,seq:7,hang",
            FAST,
            "HCCL_EXEC_TIMEOUT=300",
            "HCCL_CONNECT_TIMEOUT=7200")
        .returns("0.synchronize", 507048)
        .returns("1.synchronize", 507048)
        .violates(15, "rank(s) 1 did not take part");
  }

  @Test
  void aKilledPeerShowsAsAsynchronousError() {
    run(
            "loop",
            "STANDIN_FAIL=op:allreduce,rank:1,seq:7,kill",
            FAST,
            "HCCL_EXEC_TIMEOUT=300",
            "HCCL_CONNECT_TIMEOUT=7200")
        .returns("1.signal", 9)
        .returns("0.synchronize", 507048)
        .returns("0.async", 21);
  }

  @Test
  void anAsynchronousErrorStaysWithTheCommunicator() {
    run(
            "loop",
            "STANDIN_FAIL=op:allreduce,rank:1,seq:7,asyncError:21",
            FAST,
            "HCCL_EXEC_TIMEOUT=300",
            "HCCL_CONNECT_TIMEOUT=7200")
        .returns("1.synchronize", 507057)
        .returns("1.async", 21)
        .says("EI0013");
  }

  @Test
  void aLateRankIsWaitedFor() {
    run("loop", "STANDIN_FAIL=op:allreduce,rank:1,seq:7,delay:300")
        .returns("0.done", 10)
        .returns("1.done", 10)
        .isClean();
  }

  @Test
  void aRuleWithAMarkerAppliesOnce() {
    Path marker = folder.resolve("applied");
    String rule = "STANDIN_FAIL=op:allreduce,rank:1,seq:1,code:4,once:" + marker;
    run("loop", rule, FAST).returns("1.call", 4).returns("0.call", 9);
    assertThat(marker).exists();
    run("loop", rule, FAST).returns("1.done", 10).returns("0.done", 10);
  }

  @ParameterizedTest
  @CsvSource({"STANDIN_FAIL=oom:after=2", "STANDIN_HBM_MB=3"})
  void memoryEnds(String variable) {
    run("out-of-memory", variable).returns("0.made", 2).returns("0.code", 207018);
  }

  @Test
  void memoryOfTheProcessIsAllowedOnDemand() {
    run("host-memory", "STANDIN_MEMORY=host")
        .returns("0.allReduce", 0)
        .returns("1.third", 6)
        .returns("0.last", 1)
        .isClean();
  }

  @Test
  void aStreamThatIsNotReadyInTimeGoesOn() {
    run("stream-timeout", "STANDIN_DELAY=2000-2000")
        .returns("0.synchronize", 507046)
        .returns("0.later", 0)
        .isClean();
  }

  @Test
  void aCardBelongsToOneProcess() {
    run("same-card").returns("1.setDevice", 507033).returns("1.message", 1);
  }

  @Test
  void aPortInUseStopsRankZero() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      run("base-port", "HCCL_IF_BASE_PORT=" + port).returns("0.getRootInfo", 7);
      run("base-port", "HCCL_IF_BASE_PORT=" + port).returns("0.message", 1);
    }
  }

  @ParameterizedTest
  @CsvSource({"910", "910B", "A3", "950", "310P"})
  void theNameOfTheChipSaysWhatItIs(String family) {
    run("describe " + family, "STANDIN_SOC=" + family)
        .returns("0.standIn", 1)
        .returns("0.family", 1)
        .says("no NPU, no CANN", "no NPU, no HCCL");
  }

  @Test
  void ranksMeetThroughARankTable() throws IOException {
    Path table = folder.resolve("table.json");
    String device =
        "{\"device_id\":\"%1$d\",\"device_ip\":\"192.168.1.%1$d\",\"rank_id\":\"%1$d\"}";
    Files.writeString(
        table,
        "{\"status\":\"completed\",\"version\":\"1.0\",\"server_count\":\"1\",\"server_list\":"
            + "[{\"server_id\":\"10.0.0.1\",\"device\":["
            + device.formatted(0)
            + ","
            + device.formatted(1)
            + "]}]}");
    run("rank-table " + table).returns("0.size", 2).returns("1.size", 2).returns("0.again", 1);
    Path unfinished = folder.resolve("unfinished.json");
    Files.writeString(unfinished, Files.readString(table).replace("completed", "initializing"));
    run("rank-table " + unfinished).returns("0.join", 1).says("EI0004", "not completed");
    Path gap = folder.resolve("gap.json");
    Files.writeString(gap, Files.readString(table).replace("rank_id\":\"1", "rank_id\":\"2"));
    run("rank-table " + gap).returns("0.join", 1).says("EI0014", "gap");
    run("rank-table " + folder.resolve("none.json")).returns("1.join", 10);
  }
}
