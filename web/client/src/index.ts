export { RealtimeClient } from './client';
export type { ClientEvents, ClientOptions, LinkState, LinkStatus } from './client';
export type { ConnectionPhase } from './connection';
export type { RoomEvents, RoomHandle, RoomOptions } from './room';
export type { StreamPosition } from './position';
export { formatPosition, parsePosition } from './position';
export { adviceFor, wordsFor, type CloseAdvice } from './closeCodes';
export { Backoff, DEFAULT_BACKOFF, type BackoffOptions } from './backoff';
export { Heartbeat, DEFAULT_HEARTBEAT, type HeartbeatOptions } from './heartbeat';
export { Http, type FetchLike, type HttpOptions } from './http';
export { Requests, DEFAULT_REQUESTS, type RequestOptions } from './requests';
export {
  webSocketTransport,
  webSocketUrl,
  type Transport,
  type TransportFactory,
  type TransportListener,
  type WebSocketLike,
} from './transport';
export { MAP_DECODERS, type RoomDecoder, type RoomDecoders } from './roomDecoder';
export { MAX_INFLATED_BYTES, inflateNatively, type Inflate } from './inflate';
export {
  newId,
  pageSignals,
  systemTimers,
  type PageSignals,
  type Timers,
  type Unsubscribe,
} from './environment';
export { Emitter } from './emitter';
export * from './errors';
export type * from './types';
export {
  Commands,
  type CommandAnswer,
  type CommandPort,
  type CommandRun,
  type CommandSpec,
  type CommandTarget,
} from './commands';
export {
  NO_DOUBTS,
  accept,
  begin,
  giveUp,
  isSettled,
  onCommandUpdate,
  overlaid,
  prune,
  refuse,
  type Doubt,
  type DoubtPhase,
  type DoubtState,
} from './optimistic';
export { Throttle, pageFrames, type ThrottleOptions } from './throttle';
export { sockJsTransport, sockJsUrl, type LoadSockJs } from './sockjs';
export {
  OfflineQueue,
  type EnqueueOptions,
  type QueueOptions,
  type QueueStorage,
  type StoredMessage,
} from './queue';
export { indexedDbStorage } from './indexedDb';
export { QualityMonitor, watchQuality, type QualityReport } from './quality';
export { ConnectionPool, type Lease, type Poolable } from './pool';
export { columnsDecoder } from './columns';
export { sharedTransport, type HoldName, type SharedOptions, type TabChannel } from './tabs';
