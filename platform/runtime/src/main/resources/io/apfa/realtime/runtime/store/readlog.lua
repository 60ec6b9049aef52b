-- Logged batches that cover offsets from one on.
-- KEYS head, log   ARGV epoch, from offset, most bytes
-- Answers {1 or 0 = available, head offset, (from, offset, payload)...}.
local head = redis.call('HMGET', KEYS[1], 'epoch', 'offset')
if not head[1] or head[1] ~= ARGV[1] then
  return {0, '0'}
end
local wanted, most = tonumber(ARGV[2]), tonumber(ARGV[3])
if wanted == tonumber(head[2]) + 1 then
  return {1, head[2]}
end
local answer = {0, head[2]}
local start, bytes = ARGV[2] .. '-0', 0
while true do
  local some = redis.call('XRANGE', KEYS[2], start, '+', 'COUNT', 16)
  for _, entry in ipairs(some) do
    local from, payload = entry[2][2], entry[2][6]
    if #answer == 2 and tonumber(from) > wanted then
      return answer
    end
    bytes = bytes + #payload
    if #answer > 2 and bytes > most then
      return answer
    end
    answer[1] = 1
    answer[#answer + 1] = from
    answer[#answer + 1] = string.match(entry[1], '^(%d+)')
    answer[#answer + 1] = payload
  end
  if #some < 16 then
    return answer
  end
  start = '(' .. some[#some][1]
end
