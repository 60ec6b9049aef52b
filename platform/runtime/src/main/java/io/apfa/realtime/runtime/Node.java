package io.apfa.realtime.runtime;

import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.runtime.trace.Tracing;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * What every verticle of this JVM is given: the node's one bus, directory, state store, limits,
 * time, metrics and traces.
 *
 * <p>Thread-safe: every component is.
 *
 * @param id this node
 * @param metrics where meters are registered; scraped at the management port
 * @param tracing where sampled traces are told; {@link Tracing#OFF} by default
 */
public record Node(
    NodeId id,
    Bus bus,
    Directory directory,
    StateStore store,
    CurrentLimits limits,
    Ticker ticker,
    Clock clock,
    MeterRegistry metrics,
    Tracing tracing) {}
