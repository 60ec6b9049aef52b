-- Where a source's log ends, and whether another run of this server wrote it.
-- KEYS head
local head = redis.call('HMGET', KEYS[1],
  'epoch', 'offset', 'token', 'feedLease', 'feedBatch', 'feedHash', 'run')
if not head[1] then
  return {}
end
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
head[7] = head[7] == run and '0' or '1'
return head
