package io.apfa.realtime.runtime;

import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.runtime.store.StateStore;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * What every verticle of this JVM is given: the node's one bus, directory, state store, limits,
 * time and metrics.
 *
 * <p>Thread-safe: every component is.
 *
 * @param id this node
 * @param metrics where meters are registered; scraped at the management port
 */
public record Node(
    NodeId id,
    Bus bus,
    Directory directory,
    StateStore store,
    CurrentLimits limits,
    Ticker ticker,
    Clock clock,
    MeterRegistry metrics) {}
