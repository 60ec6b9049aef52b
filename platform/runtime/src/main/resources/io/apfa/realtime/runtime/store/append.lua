-- Appends batches to a source's log and writes what changed with them, all or nothing.
-- KEYS last owner token, head, table, log, last bridge token
-- ARGV token, epoch, from, offset, feed lease token, feed batch number, feed hash, log age ms,
--      log bytes, batch overhead bytes, batches, (from, offset, payload)..., entries set,
--      (key, value)..., entries removed, key...
local token, epoch, from, offset = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local feedLease, feedBatch = tonumber(ARGV[5]), tonumber(ARGV[6])
local overhead, batches = tonumber(ARGV[10]), tonumber(ARGV[11])

local current = redis.call('GET', KEYS[1])
if current and current ~= token then
  return 'FENCED'
end
local head = redis.call('HMGET', KEYS[2],
  'epoch', 'offset', 'token', 'run', 'feedLease', 'feedBatch', 'bytes')
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if not head[1] or head[1] ~= epoch or head[4] ~= run then
  return 'LOG_MOVED'
end
if not current then
  return 'FENCED'
end
local last, storedLease, storedBatch = tonumber(head[2]), tonumber(head[5]), tonumber(head[6])
local covered = feedLease < storedLease
  or (feedLease == storedLease and feedBatch <= storedBatch)
local same = feedLease == storedLease and feedBatch == storedBatch
if batches == 0 and covered then
  return 'ALREADY_DONE'
end
if batches > 0 and last == offset and head[3] == token then
  return 'ALREADY_DONE'
end
if last ~= from - 1 then
  return 'LOG_MOVED'
end
local bridge = tonumber(redis.call('GET', KEYS[5]) or '0')
if not same and (covered or feedLease < bridge) then
  return 'FEED_FENCED'
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local bytes = tonumber(head[7])
local at = 12
for i = 1, batches do
  redis.call('XADD', KEYS[4], ARGV[at + 1] .. '-0',
    'from', ARGV[at], 'at', string.format('%.0f', now), 'payload', ARGV[at + 2])
  bytes = bytes + #ARGV[at + 2] + overhead
  at = at + 3
end
local sets = tonumber(ARGV[at])
at = at + 1
for i = 1, sets do
  redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  at = at + 2
end
local removes = tonumber(ARGV[at])
for i = 1, removes do
  redis.call('HDEL', KEYS[3], ARGV[at + i])
end

local oldest = now - tonumber(ARGV[8])
local left = redis.call('XLEN', KEYS[4])
while left > 1 do
  local first = redis.call('XRANGE', KEYS[4], '-', '+', 'COUNT', 1)[1]
  if tonumber(first[2][4]) >= oldest and bytes <= tonumber(ARGV[9]) then
    break
  end
  redis.call('XDEL', KEYS[4], first[1])
  bytes = bytes - #first[2][6] - overhead
  left = left - 1
end
redis.call('HSET', KEYS[2], 'offset', ARGV[4], 'token', token, 'feedLease', ARGV[5],
  'feedBatch', ARGV[6], 'feedHash', ARGV[7], 'bytes', string.format('%.0f', bytes))
return 'APPENDED'
