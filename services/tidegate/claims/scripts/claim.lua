-- Claims identities of one bucket. Gives what each of them was claimed for already, or nil.
-- KEYS: the open epoch, the bucket, the publisher's set of buckets, the offsets that lanes cover.
-- ARGV: epoch, seconds to live, name of the bucket, lane, audit offset that the lane covers, then n identities, then n
-- claims. At most 1,000 of each: unpack fails at 4,100.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then
  return redis.error_reply('EPOCH the claim store is not of the epoch of this lane')
end
local n = (#ARGV - 5) / 2
local found = redis.call('HMGET', KEYS[2], unpack(ARGV, 6, n + 5))
local new = {}
for i = 1, n do
  if not found[i] then
    new[#new + 1] = ARGV[i + 5]
    new[#new + 1] = ARGV[i + n + 5]
  end
end
if #new > 0 then
  redis.call('HSET', KEYS[2], unpack(new))
  redis.call('SADD', KEYS[3], ARGV[3])
end
redis.call('EXPIRE', KEYS[2], ARGV[2])
-- Here and not by a command of its own: a wiped store must not say that it covers anything.
redis.call('HSET', KEYS[4], ARGV[4], ARGV[5])
return found
