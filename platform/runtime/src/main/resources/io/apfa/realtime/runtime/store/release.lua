-- Gives a lease up, if the token is still its token; the last token stays.
-- KEYS lease   ARGV token
if redis.call('HGET', KEYS[1], 'token') == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
