/**
 * What browsers speak: raw WebSocket, SockJS with its fallbacks, the specification's plain
 * WebSockets and the HTTP API, with the door that decides who may come in.
 */
@NullMarked
package io.apfa.realtime.gateway.transport;

import org.jspecify.annotations.NullMarked;
