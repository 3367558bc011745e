-- A lane has taken over and written its claims back. When all lanes have, the epoch opens.
-- Gives {state, how many lanes are done}; state is 'open', 'waiting', or 'lost' when another epoch took its place.
-- KEYS: the open epoch, the epoch that is being built, the lanes that are done with it.
-- ARGV: candidate, lane, number of lanes.
local next = redis.call('HMGET', KEYS[2], 'id', 'run_id')
if next[1] ~= ARGV[1] then
  if redis.call('HGET', KEYS[1], 'id') == ARGV[1] then
    return {'open', tonumber(ARGV[3])}
  end
  return {'lost', 0}
end
redis.call('SADD', KEYS[3], ARGV[2])
local done = redis.call('SCARD', KEYS[3])
if done < tonumber(ARGV[3]) then
  return {'waiting', done}
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'id', next[1], 'run_id', next[2])
redis.call('DEL', KEYS[2], KEYS[3])
return {'open', done}
