package io.sparkmm.train.npu.standin;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each of the 30 contract checks is provoked once by a program of its own: the stand-in returns the
 * documented code and records the wrong use. The numbers are those of {@code src/test/c/README.md}.
 */
class StandInContractTest {
  /** A connection timeout of 1.4 s instead of 140 s. */
  private static final String FAST = "STANDIN_TIME_SCALE=0.01";

  /** With it: an execution timeout of 1 s, and time enough to connect on a busy machine. */
  private static final String[] SHORT_EXECUTION = {
    FAST, "HCCL_EXEC_TIMEOUT=300", "HCCL_CONNECT_TIMEOUT=7200"
  };

  private static final int FAILED_STREAM = 507048;

  @TempDir private Path folder;

  private ContractRun run(String line, String... environment) {
    return ContractRun.of(folder, line, environment);
  }

  @Test
  void check01RefusesCallsBeforeInitialisation() {
    run("before-init")
        .returns("0.setDevice", 100001)
        .returns("0.getRootInfo", 15)
        .violates(1, "aclrtSetDevice is called before aclInit")
        .onlyViolates(1);
  }

  @Test
  void check02TellsARepeatedInitialisation() {
    run("repeated-init")
        .returns("0.second", 100002)
        .returns("0.left", 1)
        .returns("0.finalize", 0)
        .warns(2, "must not finalize");
  }

  @Test
  void check03RefusesCallsAfterFinalisation() {
    run("after-finalize")
        .returns("0.first", 0)
        .returns("0.second", 100037)
        .returns("0.setDevice", 100001)
        .violates(3, "aclrtSetDevice is called after aclFinalize")
        .onlyViolates(3);
  }

  @Test
  void check04RefusesThreadsWithoutADevice() {
    run("other-thread")
        .returns("0.getDevice", 107002)
        .returns("0.malloc", 107002)
        .returns("0.synchronize", 107002)
        .returns("0.rankSize", 15)
        .violates(4, "thread without a device")
        .onlyViolates(4);
  }

  @Test
  void check05RefusesStreamsAndCommunicatorsOfAnotherDevice() {
    run("other-device")
        .returns("0.synchronize", 107003)
        .returns("0.allReduce", 1)
        .returns("0.foreignStream", 1)
        .returns("0.foreignMemory", 1)
        .violates(5, "the stream belongs to device 0, this thread works on device 1")
        .onlyViolates(5);
  }

  @Test
  void check06RefusesDevicesThatAreNotThere() {
    run("device-index")
        .returns("0.count", 8)
        .returns("0.beyond", 107001)
        .returns("0.negative", 107001)
        .violates(6, "device 8 does not exist: 8 device(s) are visible")
        .onlyViolates(6);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {"1,3,x,4;2;1", "2,1;1;2", "1, 2;1;1", "9;0;-1"})
  void check07StopsReadingVisibleDevicesAtTheFirstBadToken(String list, int count, int first) {
    ContractRun run = run("visible-devices", "ASCEND_RT_VISIBLE_DEVICES=" + list);
    run.returns("0.count", count).warns(7, "is read up to");
    if (first >= 0) {
      run.returns("0.physical0", first);
    }
  }

  @Test
  void check08RefusesHostMemoryInCollectives() {
    run("host-pointer")
        .returns("0.allReduce", 1)
        .violates(8, "is no device memory of this process")
        .onlyViolates(8);
  }

  @Test
  void check08EndsAHostThatReadsDeviceMemory() {
    run("host-reads").returns("0.signal", 11).violates(8, "byte 3 of a block of 64 bytes");
  }

  @Test
  void check09RefusesBuffersThatAreTooSmall() {
    run("short-buffer")
        .returns("0.whole", 0)
        .returns("0.short", 1)
        .returns("0.inside", 1)
        .returns("0.freed", 1)
        .violates(9, "1004 bytes are needed")
        .violates(8, "was freed")
        .onlyViolates(8, 9);
  }

  @Test
  void check10RefusesMisalignedAddresses() {
    run("misaligned")
        .returns("0.misaligned", 1)
        .returns("0.aligned", 0)
        .violates(10, "is not aligned to 4 bytes")
        .onlyViolates(10);
  }

  @Test
  void check11RefusesCopiesThatDoNotFit() {
    run("copy-size")
        .returns("0.tooMuch", 107000)
        .returns("0.wrongMax", 107000)
        .returns("0.wrongKind", 107000)
        .returns("0.memset", 107000)
        .returns("0.hostToHost", 207000)
        .violates(11, "65 bytes are copied into 64");
  }

  @Test
  void check12GivesOldBytesToWhoDoesNotWait() {
    run("unsynchronised", "STANDIN_DELAY=400-400")
        .returns("0.old", -7)
        .returns("1.old", -7)
        .returns("0.new", 3)
        .returns("1.new", 3)
        .violates(12, "bytes are read that HcclAllReduce")
        .violates(12, "bytes are written that HcclAllReduce")
        .onlyViolates(12);
  }

  @Test
  void check13RefusesToEndWhatIsInUse() {
    run("pending-work", "STANDIN_DELAY=300-300")
        .returns("0.destroyComm", 20)
        .returns("0.destroyLater", 0)
        .violates(13, "has a pending operation")
        .violates(13, "a buffer is freed although HcclAllReduce")
        .violates(13, "a stream is destroyed with 1 task(s)")
        .violates(13, "its stream was not waited for")
        .onlyViolates(13);
  }

  @ParameterizedTest
  @ValueSource(strings = {"count", "dtype", "op", "root", "kind"})
  void check14EndsAFirstOperationThatDiffersBetweenRanks(String what) {
    run("mismatch " + what, FAST)
        .returns("0.call", 9)
        .returns("1.call", 9)
        .returns("0.next", 9)
        .violates(14, "EI0005: arguments differ between ranks: operation 1 is")
        .onlyViolates(14);
  }

  @ParameterizedTest
  @ValueSource(strings = {"count", "dtype", "op", "root", "kind"})
  void check14EndsALaterOperationThatDiffersBetweenRanks(String what) {
    run("mismatch later-" + what, SHORT_EXECUTION)
        .returns("0.call", 0)
        .returns("0.synchronize", FAILED_STREAM)
        .returns("0.message", 1)
        .returns("0.next", 9)
        .returns("1.synchronize", FAILED_STREAM)
        .returns("1.next", 9)
        .violates(14, "EI0005: arguments differ between ranks: operation 3 is")
        .onlyViolates(14);
  }

  @Test
  void check14EndsCountsThatAreNotWhatThePeerExpects() {
    run("peers-counts", SHORT_EXECUTION)
        .returns("0.synchronize", FAILED_STREAM)
        .returns("1.synchronize", FAILED_STREAM)
        .violates(14, "rank 1 sends 3 elements to rank 1, which expects 2");
  }

  @Test
  void check15NamesARankThatDidNotTakePart() {
    run("missing-op", FAST)
        .returns("0.call", 9)
        .violates(15, "rank(s) 1 did not take part in the first HcclAllReduce");
    run("missing-op later", SHORT_EXECUTION)
        .returns("0.call", 0)
        .returns("0.synchronize", FAILED_STREAM)
        .returns("0.message", 1)
        .returns("0.next", 9)
        .violates(15, "EI0002")
        .violates(15, "rank(s) 1 did not take part in HcclAllReduce (operation 2 of")
        .onlyViolates(15);
  }

  @Test
  void check16RefusesNumbersOfNoEnum() {
    run("enums")
        .returns("0.type13", 5)
        .returns("0.type27", 5)
        .returns("0.type255", 5)
        .returns("0.op4", 5)
        .returns("0.op255", 5)
        .violates(16, "27 is ACL_BF16 of aclDataType, HCCL's bf16 is 11");
  }

  @ParameterizedTest
  @CsvSource({
    // chip, sum of int16, int64, uint8, fp64, bf16; product of bf16; all-gather of bf16; broadcast
    "910, 5, 0, 5, 5, 5, 5, 5, 0",
    "910B, 0, 0, 5, 5, 0, 5, 0, 0",
    "A3, 0, 0, 5, 5, 0, 5, 0, 0",
    "950, 0, 0, 5, 0, 0, 5, 0, 0",
    "310P, 0, 5, 5, 5, 5, 5, 5, 5"
  })
  void check17RefusesTypesThatAChipCannotReduce(
      String chip,
      int int16,
      int int64,
      int uint8,
      int fp64,
      int bf16,
      int product,
      int gather,
      int broadcast) {
    run("types", "STANDIN_SOC=" + chip)
        .returns("0.sum0", 0)
        .returns("0.sum4", 0)
        .returns("0.sum1", int16)
        .returns("0.sum5", int64)
        .returns("0.sum7", uint8)
        .returns("0.sum10", fp64)
        .returns("0.sum11", bf16)
        .returns("0.prod11", product)
        .returns("0.gather7", 0)
        .returns("0.gather11", gather)
        .returns("0.broadcast", broadcast)
        .violates(17, "dataType 7 cannot be reduced by op 0 on AscendStandIn" + chip)
        .onlyViolates(17);
  }

  @Test
  void check18RefusesOperationsInPlace() {
    run("in-place")
        .returns("0.allToAll", 1)
        .returns("0.allToAllV", 1)
        .returns("0.allToAllVC", 1)
        .returns("0.allGatherV", 1)
        .returns("0.overlap", 1)
        .returns("0.allReduce", 0)
        .violates(18, "HcclAlltoAllV cannot work in place")
        .onlyViolates(18);
  }

  @Test
  void check19FindsACommunicatorOnTwoStreams() {
    run("two-streams")
        .returns("0.second", 0)
        .violates(19, "is used on streams 1 and 2 without an order between them")
        .onlyViolates(19);
  }

  @ParameterizedTest
  @CsvSource({
    "size, 9, 1, rank 1 says 3 ranks",
    "duplicate, 9, 1, is taken by process",
  })
  void check20RefusesRanksThatContradictEachOther(
      String what, int first, int second, String message) {
    run("rank-numbers " + what, FAST)
        .returns("0.beyond", 1)
        .returns("0.none", 1)
        .returns("0.null", 2)
        .returns("0.join", first)
        .returns("1.join", second)
        .violates(20, "rank 2 of 2 ranks")
        .violates(20, message);
  }

  @ParameterizedTest
  @CsvSource({
    "truncated, join, 1, byte 2000 of 4108 differs",
    "altered, join, 1, the root info was altered",
    "reused, again, 1, was used up by another communicator",
    "gone, join, 9, that made the root info has ended"
  })
  void check21RefusesARootInfoThatIsNotRankZeros(
      String what, String call, int code, String message) {
    run("root-info " + what, FAST).returns("1." + call, code).violates(21, message);
  }

  @Test
  void check22NamesRanksThatDoNotJoin() {
    run("missing-rank", FAST)
        .returns("0.join", 9)
        .returns("1.join", 9)
        .returns("0.message", 1)
        .violates(22, "Missing of 4 ranks: 2, 3")
        .onlyViolates(22);
  }

  @Test
  void check23RefusesWhatWasDestroyed() {
    run("after-destroy")
        .returns("0.use", 1)
        .returns("0.twice", 1)
        .returns("0.nothing", 0)
        .returns("0.stream", 107017)
        .returns("0.streamTwice", 107017)
        .returns("0.freeTwice", 107000)
        .violates(23, "the communicator was destroyed")
        .onlyViolates(23);
  }

  @Test
  void check24RefusesAConfigurationThatIsNone() {
    run("config")
        .returns("0.magic", 1)
        .returns("0.message", 1)
        .returns("0.size", 1)
        .returns("0.good", 0)
        .returns("0.held", 14)
        .returns("0.named", 1)
        .violates(24, "magic word 0x0, 0xf0f0f0f0 is expected")
        .onlyViolates(24);
  }

  @Test
  void check25FindsTwoInitialisationsOfOneCard() {
    run("concurrent-init", "STANDIN_FAIL=op:commInit,delay:400")
        .violates(25, "two communicators are initialised at once for device 0")
        .onlyViolates(25);
  }

  @ParameterizedTest
  @ValueSource(strings = {"finalize", "exit", "reset"})
  void check26ListsWhatWasNotGivenBack(String when) {
    run("leaks " + when)
        .violates(26, "communicator")
        .violates(26, "stream 1 of device 0 was not destroyed")
        .violates(26, "an event of device 0 was not destroyed")
        .violates(26, "a buffer of 4096 bytes of device 0 was not freed")
        .onlyViolates(26);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HCCL_CONNECT_TIMEOUT=119",
        "HCCL_EXEC_TIMEOUT=-1",
        "HCCL_BUFFSIZE=0",
        "HCCL_IF_BASE_PORT=70000",
        "HCCL_SOCKET_FAMILY=AF_UNIX",
        "HCCL_DETERMINISTIC=yes",
        "HCCL_OP_EXPANSION_MODE=CCU_MS",
        "HCCL_RDMA_TC=3",
        "HCCL_RDMA_SL=8",
        "HCCL_WHITELIST_DISABLE=2"
      })
  void check27RefusesVariablesOutOfRange(String variable) {
    String name = variable.substring(0, variable.indexOf('='));
    run("environment", variable)
        .returns("0.getRootInfo", 1)
        .returns("0.message", 1)
        .violates(27, "for environment variable " + name + " is invalid")
        .onlyViolates(27);
  }

  @Test
  void check28ChecksCounts() {
    run("counts")
        .returns("0.zero", 0)
        .returns("0.above", 1)
        .returns("0.limit", 1)
        .returns("0.nullStream", 2)
        .returns("0.nullComm", 2)
        .returns("0.nullBuffer", 2)
        .warns(28, "count is 0")
        .violates(28, "count 34359738368 is above 34359738367")
        .violates(9, "137438953468 bytes are needed")
        .onlyViolates(9, 28);
  }

  @Test
  void check29FindsMessagesThatNobodyReads() {
    run("unread-message")
        .returns("0.newestFirst", 1)
        .returns("0.cleared", 1)
        .warns(29, "was not called after the failure before this one")
        .warns(29, "1 thread(s) never called aclGetRecentErrMsg");
  }

  @ParameterizedTest
  @CsvSource({"changed, was changed or freed", "unmapped, was unmapped"})
  void check30ReadsCountArraysAgainWhenTheOperationRuns(String what, String message) {
    run("count-arrays " + what, "STANDIN_DELAY=300-300")
        .returns("0.synchronize", 0)
        .violates(30, "count array 0 " + message)
        .onlyViolates(30);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "right-use",
        "two-streams event",
        "two-streams host",
        "count-arrays",
        "environment"
      })
  void rightUseLeavesNoRecord(String line) {
    run(line).isClean();
  }
}
