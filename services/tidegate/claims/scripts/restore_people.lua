-- Writes persons of one set back under a candidate epoch. Gives how many were not there.
-- KEYS: the candidate epoch, the set. ARGV: candidate, then at most 1,000 persons.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then
  return redis.error_reply('EPOCH the claim store is being rebuilt under another epoch')
end
return redis.call('SADD', KEYS[2], unpack(ARGV, 2))
