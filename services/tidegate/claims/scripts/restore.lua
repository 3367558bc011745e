-- Writes claims back while an epoch is being built.
-- KEYS: the epoch that is being built, the bucket, the publisher's set of buckets.
-- ARGV: candidate, seconds to live, name of the bucket, then identity and claim by turns. At most 1,000 of each.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then
  return redis.error_reply('EPOCH another epoch is being built')
end
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
redis.call('SADD', KEYS[3], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return redis.status_reply('OK')
