-- Makes a new epoch the source's, once its table is written; the epoch before is dropped.
-- KEYS last owner token, head, new table   ARGV token, epoch, feed lease token, feed batch number,
-- feed hash, prefix of tables, prefix of logs
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 'FENCED'
end
local before = redis.call('HGET', KEYS[2], 'epoch')
if before == ARGV[2] then
  return 'ALREADY_DONE'
end
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
redis.call('PERSIST', KEYS[3])
redis.call('HSET', KEYS[2], 'epoch', ARGV[2], 'offset', '0', 'token', ARGV[1], 'run', run,
  'feedLease', ARGV[3], 'feedBatch', ARGV[4], 'feedHash', ARGV[5], 'bytes', '0')
if before then
  redis.call('UNLINK', ARGV[6] .. before, ARGV[7] .. before)
end
return 'APPENDED'
