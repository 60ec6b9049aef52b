package io.apfa.realtime.gateway;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose {@code X-Forwarded-For} is believed: single addresses and networks ({@code
 * 10.0.0.0/8}, {@code fd00::/8}). No name is ever resolved.
 *
 * <p>Immutable.
 */
public final class TrustedProxies {
  /** Nobody's. */
  public static final TrustedProxies NONE = new TrustedProxies(List.of());

  /** What one entry looks like. */
  static final String EXPECTED =
      "addresses or networks, such as 10.0.0.7, 10.0.0.0/8, fd00::1 or fd00::/8";

  private static final int MAX_CLIENT_CHARACTERS = 64;

  private final List<IpSubnetFilterRule> networks;

  private TrustedProxies(List<IpSubnetFilterRule> networks) {
    this.networks = List.copyOf(networks);
  }

  /**
   * Those of {@code entries}.
   *
   * @throws IllegalArgumentException that names the first entry that is no address and no network
   */
  static TrustedProxies of(List<String> entries) {
    return new TrustedProxies(entries.stream().map(TrustedProxies::network).toList());
  }

  private static IpSubnetFilterRule network(String entry) {
    int slash = entry.indexOf('/');
    InetAddress address = address(slash < 0 ? entry : entry.substring(0, slash));
    if (address == null) {
      throw new IllegalArgumentException(entry);
    }
    int bits = address.getAddress().length * Byte.SIZE;
    int prefix = slash < 0 ? bits : prefix(entry.substring(slash + 1));
    if (prefix < 0 || prefix > bits) {
      throw new IllegalArgumentException(entry);
    }
    return new IpSubnetFilterRule(address, prefix, IpFilterRuleType.ACCEPT);
  }

  private static int prefix(String text) {
    return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
  }

  /** The address that {@code text} writes down; null = none. An IPv4 one in IPv6 form is IPv4. */
  private static @Nullable InetAddress address(String text) {
    if (!NetUtil.isValidIpV4Address(text) && !NetUtil.isValidIpV6Address(text)) {
      return null;
    }
    try {
      return InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(text));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(text, e);
    }
  }

  /** Whether {@code address} is one of them. */
  boolean contains(String address) {
    InetAddress parsed = address(address);
    if (parsed == null) {
      return false;
    }
    InetSocketAddress socket = new InetSocketAddress(parsed, 0);
    return networks.stream().anyMatch(network -> network.matches(socket));
  }

  /**
   * Who is behind {@code peer}: the last address in {@code forwarded} that is none of these
   * proxies, without its port if it has one; {@code peer} itself when it is not trusted, or when
   * nobody else is named.
   *
   * @param forwarded the header {@code X-Forwarded-For}; null = there is none
   */
  public String clientOf(String peer, @Nullable String forwarded) {
    if (forwarded == null || !contains(peer)) {
      return peer;
    }
    String[] hops = forwarded.split(",", -1);
    for (int i = hops.length - 1; i >= 0; i--) {
      String hop = withoutPort(hops[i].trim());
      if (!contains(hop)) {
        return hop.length() > MAX_CLIENT_CHARACTERS ? peer : hop;
      }
    }
    return peer;
  }

  /** Some proxies write {@code 192.0.2.1:4711} and {@code [2001:db8::1]:4711}. */
  private static String withoutPort(String hop) {
    int colon = hop.lastIndexOf(':');
    if (hop.startsWith("[")) {
      int end = hop.indexOf(']');
      return end < 0 ? hop : hop.substring(1, end);
    }
    return colon > 0 && colon == hop.indexOf(':') ? hop.substring(0, colon) : hop;
  }
}
