-- A lane asks how the store stands. Gives {'open', epoch}, or {'building', candidate}: then the lane writes its claims
-- back and reports done.
-- KEYS: the open epoch, the epoch that is being built, the lanes that are done with it.
-- ARGV: run id of this Redis process, an id for a new epoch.
local open = redis.call('HMGET', KEYS[1], 'id', 'run_id')
if open[1] and open[2] == ARGV[1] then
  return {'open', open[1]}
end
local next = redis.call('HMGET', KEYS[2], 'id', 'run_id')
if not next[1] or next[2] ~= ARGV[1] then
  redis.call('DEL', KEYS[2], KEYS[3])
  redis.call('HSET', KEYS[2], 'id', ARGV[2], 'run_id', ARGV[1])
  return {'building', ARGV[2]}
end
return {'building', next[1]}
