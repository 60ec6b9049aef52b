-- Claims a command for the first who asks.
-- KEYS claim   ARGV body hash, answer, ttl ms
-- Answers {1 or 0 = first, 1 or 0 = same body, answer}.
local known = redis.call('HMGET', KEYS[1], 'hash', 'answer')
if known[1] then
  return {0, known[1] == ARGV[1] and 1 or 0, known[2]}
end
redis.call('HSET', KEYS[1], 'hash', ARGV[1], 'answer', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {1, 1, ARGV[2]}
