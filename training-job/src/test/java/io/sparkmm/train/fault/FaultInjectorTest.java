package io.sparkmm.train.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultInjectorTest {
  @TempDir private Path folder;
  private final List<String> events = new ArrayList<>();
  private FaultRecord record;

  @Test
  void aKillIsToldToTheDriverBeforeItHappens() {
    FaultInjector faults = inject(1, "slow(0, 1); kill(rank=1, step=3)");

    faults.at(Moment.STEP, 2);
    faults.at(Moment.COLLECTIVE, 3);
    assertThat(events).isEmpty();
    faults.at(Moment.STEP, 3);
    assertThat(events).containsExactly("fired 1", "halt 137");
  }

  @Test
  void faultsOfOtherRanksAreLeftToThem() {
    FaultInjector faults = inject(0, "throw(rank=1, step=3)");

    faults.at(Moment.STEP, 3);
    assertThat(events).isEmpty();
    assertThat(faults.isQuiet()).isTrue();
  }

  @Test
  void aFaultHappensOnceInARun() {
    FaultInjector faults = inject(0, "throw(rank=0, step=3); throw(rank=0, step=4)");

    assertThatThrownBy(() -> faults.at(Moment.STEP, 3))
        .isInstanceOf(FaultException.class)
        .hasMessage("the fault plan says throw(rank=0, step=3)");
    faults.at(Moment.STEP, 3);
    assertThat(record.armed()).containsExactly(new FaultRecord.Armed(1, new Fault.Throw(0, 4)));
  }

  @Test
  void exportFaultsNeedNoStep() {
    inject(0, "kill(rank=0, during=export)").at(Moment.EXPORT, 17);

    assertThat(events).containsExactly("fired 0", "halt 137");
  }

  @Test
  void theDiskIsFullOnceAtItsStep() {
    FaultInjector faults = inject(0, "disk_full(step=4)");

    assertThat(faults.diskIsFull(3)).isFalse();
    assertThat(faults.diskIsFull(4)).isTrue();
    assertThat(faults.diskIsFull(4)).isFalse();
    assertThat(events).containsExactly("fired 0");
  }

  @Test
  void aStallEndsAndKeepsTheInterrupt() {
    FaultInjector faults = inject(0, "stall(rank=0, step=1, seconds=1)");
    Thread.currentThread().interrupt();

    faults.at(Moment.STEP, 1);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(events).containsExactly("fired 0");
  }

  @Test
  void aFileOfTheNewestCompleteCheckpointIsDamaged() throws IOException {
    Path file = Files.createDirectories(folder.resolve("iter_0000020")).resolve("__0_0.distcp");
    Files.write(file, new byte[] {1, 2, 3, 4});
    FaultInjector faults = inject(0, "corrupt(step=20)");

    faults.at(Moment.STEP, 25);
    assertThat(file).hasBinaryContent(new byte[] {1, 2, 3, 4});
    Files.writeString(folder.resolve("latest_checkpointed_iteration.txt"), "20");
    faults.at(Moment.STEP, 26);

    assertThat(file).hasBinaryContent(new byte[] {1, 2, ~3, 4});
    assertThat(events).containsExactly("fired 0");
  }

  private FaultInjector inject(int rank, String plan) {
    record = new FaultRecord(FaultPlan.parse(plan).resolve(2, 100));
    return new FaultInjector(
        record.armed(),
        rank,
        new FaultInjector.Host() {
          @Override
          public void fired(int number) {
            events.add("fired " + number);
            record.fired(number);
          }

          @Override
          public void halt(int exitCode) {
            events.add("halt " + exitCode);
          }
        },
        new CheckpointDamage(folder));
  }
}
