/**
 * What browsers and gateways say to each other: frames of the SockJS event-bus bridge, batches and
 * snapshots in each encoding, and the commands' JSON. The shape of every update is written once, in
 * {@link io.apfa.realtime.protocol.client.UpdateShape}, for all encodings.
 */
@NullMarked
package io.apfa.realtime.protocol.client;

import org.jspecify.annotations.NullMarked;
