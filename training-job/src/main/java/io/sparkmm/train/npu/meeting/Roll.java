package io.sparkmm.train.npu.meeting;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Looks for members that do not fit together, before the library would fail over them. */
final class Roll {
  private Roll() {}

  /** What is wrong with the members in rank order; empty if they fit. */
  static Optional<String> problem(Collection<Member> members) {
    List<String> problems = new ArrayList<>();
    Map<String, Member> cards = new LinkedHashMap<>();
    Member first = members.iterator().next();
    for (Member member : members) {
      Member other = cards.putIfAbsent(member.host() + " " + member.device(), member);
      if (other != null) {
        problems.add(
            String.format(
                "ranks %d and %d both use npu %d of %s: give every worker an address of its own"
                    + " (spark.task.resource.npu.amount=1, one list of addresses for each host)",
                other.rank(), member.rank(), member.device(), member.host()));
      }
      if (!member.chip().equals(first.chip())) {
        problems.add(
            String.format(
                "rank %d has %s, rank %d has %s: use chips of one kind",
                first.rank(), first.chip(), member.rank(), member.chip()));
      }
      problems.addAll(differences(first, member));
    }
    return problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
  }

  private static List<String> differences(Member first, Member member) {
    TreeSet<String> names = new TreeSet<>(first.environment().keySet());
    names.addAll(member.environment().keySet());
    List<String> differences = new ArrayList<>();
    for (String name : names) {
      String one = first.environment().getOrDefault(name, "not set");
      String other = member.environment().getOrDefault(name, "not set");
      if (!one.equals(other)) {
        differences.add(
            String.format(
                "%s is %s on rank %d and %s on rank %d: set it alike everywhere",
                name, one, first.rank(), other, member.rank()));
      }
    }
    return differences;
  }
}
