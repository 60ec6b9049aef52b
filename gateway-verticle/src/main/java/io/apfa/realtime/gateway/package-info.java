/**
 * The gateway: browsers' sessions on one side, the sources' streams on the other. This package
 * wires the pure session core to the bus, the state store and the transports, and decides who may
 * do what.
 */
@NullMarked
package io.apfa.realtime.gateway;

import org.jspecify.annotations.NullMarked;
