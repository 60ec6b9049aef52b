-- Keeps a small named value, within a bound.
-- KEYS values   ARGV key, value, most values
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3])
    and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
