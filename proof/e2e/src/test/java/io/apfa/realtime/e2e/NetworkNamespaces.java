package io.apfa.realtime.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Two network namespaces on one bridge, whose packets to each other can be dropped: Linux only, as
 * root. This process and what it started stay outside and are reached at {@link #outside}. Confined
 * to the test's thread.
 */
final class NetworkNamespaces implements AutoCloseable {
  /** One of both sides. */
  enum Side {
    WEST(2),
    EAST(3);

    private final int lastOctet;

    Side(int lastOctet) {
      this.lastOctet = lastOctet;
    }
  }

  private final String id = Long.toString(ProcessHandle.current().pid(), 36);
  private final String link = "apfa" + id;
  private final String network = "198.18." + ProcessHandle.current().pid() % 250 + ".";

  /** Makes both, connected. */
  NetworkNamespaces() {
    try {
      run("ip", "link", "add", link, "type", "bridge");
      run("ip", "addr", "add", outside() + "/24", "dev", link);
      run("ip", "link", "set", link, "up");
      for (Side side : Side.values()) {
        String port = link + side.lastOctet;
        run("ip", "netns", "add", name(side));
        run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name(side));
        run("ip", "link", "set", port, "master", link, "up");
        run("ip", "-n", name(side), "addr", "add", address(side) + "/24", "dev", "eth0");
        run("ip", "-n", name(side), "link", "set", "eth0", "up");
        run("ip", "-n", name(side), "link", "set", "lo", "up");
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Why none can be made here; empty when they can. */
  static Optional<String> obstacle() {
    String probe = "apfa-probe-" + ProcessHandle.current().pid();
    try {
      run("ip", "netns", "add", probe);
    } catch (UncheckedIOException | AssertionError e) {
      return Optional.of("no network namespaces without root and ip: " + e.getMessage());
    }
    try {
      run("ip", "netns", "exec", probe, "iptables", "-w", "-S");
      return Optional.empty();
    } catch (UncheckedIOException | AssertionError e) {
      return Optional.of("no links to cut without iptables: " + e.getMessage());
    } finally {
      run("ip", "netns", "del", probe);
    }
  }

  /** The address of this process for both sides. */
  String outside() {
    return network + "1";
  }

  String address(Side side) {
    return network + side.lastOctet;
  }

  /** What is put before a command that is to run there. */
  List<String> prefix(Side side) {
    return List.of("ip", "netns", "exec", name(side));
  }

  /** Drops every packet of {@code from} to {@code to}, silently. */
  void cut(Side from, Side to) {
    dropAtArrival(to, "-s", address(from));
  }

  /** Drops every packet from {@code port} of this machine to {@code side}, silently. */
  void cutFromOutside(int port, Side side) {
    dropAtArrival(side, "-s", outside(), "-p", "tcp", "--sport", Integer.toString(port));
  }

  private void dropAtArrival(Side side, String... packets) {
    List<String> command = new ArrayList<>(prefix(side));
    command.addAll(List.of("iptables", "-w", "-A", "INPUT"));
    command.addAll(List.of(packets));
    command.addAll(List.of("-j", "DROP"));
    run(command.toArray(String[]::new));
  }

  /** Drops nothing any more. */
  void heal() {
    for (Side side : Side.values()) {
      run("ip", "netns", "exec", name(side), "iptables", "-w", "-F", "INPUT");
    }
  }

  private String name(Side side) {
    return "apfa-" + id + "-" + side.lastOctet;
  }

  private static void run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int status = process.waitFor();
      if (status != 0) {
        throw new AssertionError(String.join(" ", command) + ": " + output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    for (Side side : Side.values()) {
      removeIfThere("ip", "netns", "del", name(side));
      removeIfThere("ip", "link", "del", link + side.lastOctet);
    }
    removeIfThere("ip", "link", "del", link);
  }

  private static void removeIfThere(String... command) {
    try {
      run(command);
    } catch (AssertionError absent) {
      // a namespace takes its link with it; one that was never made needs no end
    }
  }
}
