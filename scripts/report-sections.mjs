// What docs/bench/REPORT.md says of each bench: its chapter, its title, and how its figures stand in a table.
//
// matrix: figures whose names hold two things, as "ws_500_cpu_seconds" does: one line for each `line`, one column
// for each `column`; `pattern` has both as named groups. A bench that has `rows` has them as lines already.
// first: the columns a reader looks for; the others follow in a second table.
// note: what the figures mean, where they stop being flat, and why.

const FANOUT = {
  chapter: 'Beside others',
  matrix: {
    pattern: /^(?<line>(?:bare|nchan|ws|socketio|mosquitto|specification|apfa)_(?:\d+_updates|\d+_orders|\d+))_(?<column>.+)$/,
    title: 'server and frame',
  },
  first: {
    deliveries_per_cpu_second: 'deliveries per CPU-second',
    updates_per_cpu_second: 'updates per CPU-second',
    bytes_per_message: 'bytes of a message',
  },
};

const CLASSES = {
  chapter: "The specification's tables",
  first: { from: 'from', promised_ms: 'promised, ms', promised_percent: 'of, %', within_promise_percent: 'within it, %', p50_ms: 'p50, ms', p99_ms: 'p99, ms', worst_ms: 'worst, ms', trials: 'trials' },
};

export const CHAPTERS = [
  "The specification's tables",
  'Beside others',
  'What one more costs',
  'Latency, steps, page',
  'Under pressure',
  'Faults',
  'Other',
];

export const SECTIONS = {
  classes: { ...CLASSES, title: 'The five latency classes, default limits' },
  'classes-low': { ...CLASSES, title: 'The five latency classes, low-latency limits' },
  transports: {
    chapter: "The specification's tables",
    title: '10,000 updates over 60 s, by transport',
    first: {
      mean_ms: 'mean, ms',
      p95_ms: 'p95, ms',
      kilobytes_of_10_000_updates: 'kB of 10,000 updates, a session',
      client_cpu_percent_per_session: "client's CPU, % of a core a session",
      server_cpu_percent: "server's CPU, % of a core, all sessions",
    },
  },
  stream: { chapter: "The specification's tables", title: 'Bytes of 10,000 updates over 60 s, one session' },
  sizes: {
    chapter: "The specification's tables",
    title: 'Payloads of 1 to 10,000 tasks',
    matrix: { pattern: /^(?<line>(?:synthetic|corpus|tasks)_\d+(?:_specification)?)_(?<column>.+)$/, title: 'tasks' },
  },
  reconnects: { chapter: "The specification's tables", title: 'The timetable of reconnects' },
  'fanout-1000': { ...FANOUT, title: 'Fan-out to 1,000 sessions' },
  'fanout-5000': { ...FANOUT, title: 'Fan-out to 5,000 sessions' },
  'latency-peers': {
    chapter: 'Beside others',
    note: `A message is late from when it was due: a server that answers its publisher late is late by that, too. The others take a message straight from the publisher and send each one to everyone. Ours hears an event on Redis, merges it into a table and appends it to a log before it sends, and leaves earlier rows of a task out when a flush is still on its way. 170,000 deliveries a second are about what one of these processors can write. On a day when the machine wrote 160,000 a second the others that send from one thread fell behind for as long as the load lasted (p50 of nchan 538 ms, of the bare loop 546, of raw ws 5,513; ours 9.7, because it shares its writes among processors, and sends updates together when it cannot send each alone); on a day when it writes 300,000 only raw ws does. nchan leaves Nagle's algorithm on, so a session that has not read yet gets many messages in one segment; the sessions that are measured read at once, the crowd every 50 ms.`,
    title: 'Latency at a fixed rate',
  },
  connects: { chapter: 'Beside others', title: 'Connects' },
  idle: { chapter: 'Beside others', title: 'Memory of idle sessions' },
  ingest: { chapter: 'Beside others', title: "Events into the table, beside Celery's own Receiver and State" },
  drops: {
    chapter: 'Beside others',
    note: `The network between servers and clients cuts all links for 2 s of every 10 s. Each server has its own client library, with its defaults. A client that is late for the eight seconds between two drops waits longer the next time (the timetable of reconnects).`,
    title: 'A network that drops everyone for 2 s every 10 s',
    first: {
      delivered_percent: 'delivered, %',
      duplicated: 'duplicated',
      out_of_order: 'out of order',
      all_caught_up_median_ms: 'all caught up after link up, ms: median',
      all_caught_up_worst_ms: 'worst',
    },
  },
  sessions: {
    chapter: 'What one more costs',
    note: `Flat: a delivery is one write to the kernel, whatever the number of sessions. The last one served waits for all before it, so lateness grows with the sessions of one process; who is first changes with every frame.`,
    title: 'Sessions of one process',
  },
  nodes: {
    chapter: 'What one more costs',
    note: `What a node more costs at rest are the cluster's heartbeats and the metrics of one process; for an update it is one bus message to each gateway with somebody in the room, which decodes it and makes its own frames.`,
    title: 'Nodes',
  },
  'nodes-19000': { chapter: 'What one more costs', title: '19,000 sessions of two gateways' },
  rooms: {
    chapter: 'What one more costs',
    note: `Flat: a room's frame is made for the sessions that are in it, and a row is found by its task, however many there are.`,
    title: 'Rooms, and tasks in the table',
    matrix: { pattern: /^(?<line>(?:rooms|tasks)_\d+)_(?<column>.+)$/, title: 'of' },
  },
  table: {
    chapter: 'What one more costs',
    title: 'Memory of a task',
    matrix: { pattern: /^(?<line>tasks_\d+)_(?<column>.+)$/, title: 'of' },
  },
  latency: {
    chapter: 'Latency, steps, page',
    title: 'Event to frame, beside a page that polls',
    matrix: { pattern: /^(?<line>push|poll_5s)_(?<column>(?:count|mean_ms|p50_ms|p95_ms|p99_ms|max_ms))$/, title: 'how' },
  },
  steps: {
    chapter: 'Latency, steps, page',
    title: 'Steps of the hot paths (JMH)',
    matrix: { pattern: /^(?<line>.+)_(?<column>ns|bytes)$/, title: 'step' },
  },
  page: {
    chapter: 'Latency, steps, page',
    title: 'The Tasks page in Chromium',
    matrix: { pattern: /^(?<line>quiet|loaded|read|slow_phone|slow|heap_at_\d+_s)_(?<column>.+)$/, title: 'while' },
    first: { frames_per_second: 'frames/s', frame_p50_ms: 'frame p50, ms', frame_p99_ms: 'p99, ms', frame_max_ms: 'worst, ms', long_tasks: 'tasks over 50 ms', main_thread_busy_percent: 'main thread busy, %', mb: 'heap, MB' },
  },
  squeeze: {
    chapter: 'Under pressure',
    title: 'One processor for 2,000 sessions',
    matrix: { pattern: /^(?<line>calm|squeezed|return)_(?<column>.+)$/, title: 'while' },
  },
  'squeeze-simulation': { chapter: 'Under pressure', title: 'The control loop, simulated' },
  fairness: {
    chapter: 'Under pressure',
    title: 'A greedy session, user and room',
    matrix: { pattern: /^(?<line>before_session|session_at_first|session|before_user|user_at_first|user|before_room|room_at_first|room|after)_(?<column>.+)$/, title: 'while' },
    first: { p50_ms: 'p50, ms', p95_ms: 'p95, ms', p99_ms: 'p99, ms', max_ms: 'worst, ms', p99_less_undisturbed_p99_ms: 'p99 more than undisturbed, ms' },
  },
  budget: { chapter: 'Under pressure', title: "A user's budget over three nodes" },
  soak: {
    chapter: 'Under pressure',
    note: `The heap may take 1 GB; the table is full (100,000 tasks) after 13 minutes. What is alive does not grow (the least heap of a minute); resident memory is the heap that G1 has taken, 225 MB at the beginning, 508 after 43 minutes, 512 at the end, and 170 MB more. All tests of the project ran beside it in the first half, fault rounds in the second.`,
    title: 'Soak',
  },
  'room-faults': {
    chapter: 'Faults',
    title: 'Nodes that die, stop and restart',
    matrix: { pattern: /^(?<line>.+?)_(?<column>lost|duplicated|out_of_order|not_recovered|reconnects|longest_without_updates_ms|median_without_updates_ms|longest_answer_to_register_ms|longest_recovery_ms|settled_after_ms|events|settled_wrongs|all_back_ms)$/, title: 'fault' },
  },
  partitions: {
    chapter: 'Faults',
    title: 'A cluster split for 20 s',
    matrix: { pattern: /^(?<column>both_ways|bridge_from_owner|from_owner_only|to_owner_only|owner_from_everything)_(?<line>.+)$/, title: 'figure' },
  },
  'rolling-restart': {
    chapter: 'Faults',
    title: 'Every node replaced under load',
    matrix: { pattern: /^(?<line>ratelimit|broadcaster|celery_bridge|gateway_unannounced|gateway)_(?<column>.+)$/, title: 'role' },
  },
};

/** The layout of a result, by its file's name: "fanout-1000" has its own, "page-200" that of "page". */
export function sectionOf(name) {
  let prefix = name;
  while (!(prefix in SECTIONS) && prefix.includes('-')) prefix = prefix.slice(0, prefix.lastIndexOf('-'));
  return SECTIONS[prefix] ?? { chapter: 'Other', title: name };
}

/** The record of `rows` in a result whose first column is `name`. */
const server = ({ rows = [] }, name) => rows.find((row) => row.server === name);
const FIXED_RATE = 'latency-peers-1000-170';

/**
 * What was aimed at: the figure that the result `from` reached, or undefined when it has not been measured;
 * without `met` the figure is only told.
 */
export const AIMS = [
  {
    aim: "updates delivered per CPU-second, times the specification's broadcaster: at least 40, real arguments",
    from: 'fanout-1000',
    reached: (r) => r.apfa_50_orders_updates_per_cpu_second / r.specification_50_orders_updates_per_cpu_second,
    met: (value) => value >= 40,
  },
  {
    aim: 'the same, arguments of one character',
    from: 'fanout-1000',
    reached: (r) => r.apfa_50_updates_updates_per_cpu_second / r.specification_50_updates_updates_per_cpu_second,
    met: (value) => value >= 40,
  },
  {
    aim: 'publish → browser at 170 updates/s, 1,000 sessions of one node, low-latency limits: p50 at most 5 ms',
    from: FIXED_RATE,
    reached: (r) => server(r, 'apfa')?.p50_ms,
    met: (value) => value <= 5,
  },
  {
    aim: 'the same of two nodes',
    from: FIXED_RATE,
    reached: (r) => server(r, 'apfa-2')?.p50_ms,
    met: (value) => value <= 5,
  },
  {
    aim: 'the same of a bare epoll loop in that run (no aim)',
    from: FIXED_RATE,
    reached: (r) => server(r, 'bare')?.p50_ms,
  },
  {
    aim: 'the same of one node: p99 at most 30 ms',
    from: FIXED_RATE,
    reached: (r) => server(r, 'apfa')?.p99_ms,
    met: (value) => value <= 30,
  },
  {
    aim: 'one node, default limits (no aim): p50, ms',
    from: FIXED_RATE,
    reached: (r) => server(r, 'apfa-default')?.p50_ms,
  },
  {
    aim: 'bytes of 10,000 updates, default limits: at most 400,000',
    from: 'stream',
    reached: (r) => r.msgpack_columns_bytes,
    met: (value) => value <= 400_000,
  },
  {
    aim: 'drop test: delivered, %: 100, nothing twice or out of order',
    from: 'drops',
    reached: (r) => r.rows?.[0].delivered_percent,
    met: (value, r) => value === 100 && r.rows[0].duplicated === 0 && r.rows[0].out_of_order === 0,
  },
  {
    aim: 'deliveries per CPU-second, 500 B to 1,000 sessions, of nchan: over 1',
    from: 'fanout-1000',
    reached: (r) => r.apfa_500_deliveries_per_cpu_second / r.nchan_500_deliveries_per_cpu_second,
    met: (value) => value > 1,
  },
  {
    aim: 'the same, of a bare loop: at least 0.85',
    from: 'fanout-1000',
    reached: (r) => r.apfa_500_deliveries_per_cpu_second / r.bare_500_deliveries_per_cpu_second,
    met: (value) => value >= 0.85,
  },
  {
    aim: 'updates delivered per CPU-second, 50 in a frame, 1,000 sessions: at least 5 million',
    from: 'fanout-1000',
    reached: (r) => r.apfa_50_updates_updates_per_cpu_second,
    met: (value) => value >= 5_000_000,
  },
  {
    aim: 'resident bytes of an idle raw WebSocket: at most 16,384',
    from: 'idle-9500',
    reached: (r) => r.raw_rss_bytes_per_session,
    met: (value) => value <= 16_384,
  },
  {
    aim: "events into the table per CPU-second, times Celery's own: over 1",
    from: 'ingest',
    reached: (r) => r.single_ratio,
    met: (value) => value > 1,
  },
];
