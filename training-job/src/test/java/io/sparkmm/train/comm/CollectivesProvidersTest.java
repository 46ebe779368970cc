package io.sparkmm.train.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.testing.Ranks;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class CollectivesProvidersTest {
  @Test
  void findsTheBackendsOfThisModule() {
    CollectivesProviders providers = CollectivesProviders.load();

    assertThat(providers.all())
        .extracting(CollectivesProvider::name)
        .containsSubsequence("gloo", "local");
    assertThat(providers.find("gloo")).isInstanceOf(GlooProvider.class);
    assertThat(providers.find("gloo").availability().reason()).isNotEmpty();
  }

  @Test
  void unknownNameListsTheKnownOnes() {
    assertThatThrownBy(() -> CollectivesProviders.load().find("mpi"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot find collectives mpi: there are ")
        .hasMessageContaining("gloo")
        .hasMessageContaining("local");
  }

  @Test
  void backendThatCannotWorkHereGivesItsReason() {
    CollectivesProviders providers = CollectivesProviders.of(List.of(new Broken()));

    assertThatThrownBy(() -> providers.find("broken"))
        .hasMessage("Cannot use collectives broken: libbroken.so is missing");
    assertThatThrownBy(() -> providers.find("gloo"))
        .hasMessage(
            "Cannot find collectives gloo: there are broken (not here: libbroken.so is missing)");
  }

  @Test
  void refusesTwoBackendsOfOneName() {
    assertThatThrownBy(() -> CollectivesProviders.of(List.of(new Broken(), new Broken())))
        .hasMessageContaining("Cannot register collectives broken: both")
        .hasMessageContaining(Broken.class.getName());
  }

  @Test
  void localServesOneWorkerOnly() {
    LocalProvider local = new LocalProvider();

    assertThat(local.create(Ranks.settings(0, 1, 4000, Duration.ofSeconds(1))).size()).isEqualTo(1);
    assertThatThrownBy(() -> local.create(Ranks.settings(0, 2, 4000, Duration.ofSeconds(1))))
        .hasMessageContaining("Cannot make a local group of 2 workers");
  }

  @Test
  void settingsAreChecked() {
    Duration timeout = Duration.ofSeconds(1);

    assertThatThrownBy(() -> Ranks.settings(2, 2, 4000, timeout))
        .hasMessage("Cannot make a group: rank 2 is not one of 0 to 1");
    assertThatThrownBy(() -> Ranks.settings(0, 2, 70000, timeout))
        .hasMessageContaining("port 70000");
    assertThatThrownBy(() -> Ranks.settings(0, 2, 4000, Duration.ZERO))
        .hasMessageContaining("timeout is PT0S");
  }

  private static final class Broken implements CollectivesProvider {
    @Override
    public String name() {
      return "broken";
    }

    @Override
    public int priority() {
      return 1;
    }

    @Override
    public Availability availability() {
      return new Availability(false, "libbroken.so is missing");
    }

    @Override
    public Collectives create(CollectivesSettings settings) {
      throw new AssertionError("unavailable");
    }
  }
}
