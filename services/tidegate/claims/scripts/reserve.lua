-- Reserves the persons of records of one exporter and year. Gives for each record three numbers: the level of the
-- exporter with them, and the people behind it, this record's included, in PI and in SPI; and after all records how many
-- each of the four sets holds then. A level is made of the places between the bounds of PI, of SPI, and of the people who
-- are in either, the last counting fastest.
-- Persons are added only where the level lets them pass, all of a
-- record or none; whom an earlier record brought, or this one before it was redelivered, is not new.
-- KEYS: the open epoch, the sets of PI, SPI, EXEMPT and GBA, how many are in PI or SPI, a set for a moment.
-- ARGV: epoch, how many bounds of PI, of SPI and of both there are, these bounds ascending, then for each record and each
-- of the four sets how many persons and at which levels they pass ('110000'), and after these eight the persons.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then
  return redis.error_reply('EPOCH the claim store is not of the epoch of this lane')
end
local bounds = {{}, {}, {}}
local at = 5
for kind = 1, 3 do
  for place = 1, tonumber(ARGV[kind + 1]) do
    bounds[kind][place] = tonumber(ARGV[at])
    at = at + 1
  end
end
local function place_of(people, kind)
  local place = 0
  while bounds[kind][place + 1] and people >= bounds[kind][place + 1] do place = place + 1 end
  return place
end
local sizes = {redis.call('SCARD', KEYS[2]), redis.call('SCARD', KEYS[3])}
-- How many are in either is asked only where a bound is about it. It holds for sets of the sizes that were written with
-- it; whoever added without it, as after a wipe, changed a size.
local either = 0
if #bounds[3] > 0 then
  local said = redis.call('HMGET', KEYS[6], 'either', 'pi', 'spi')
  if tonumber(said[2] or '-1') == sizes[1] and tonumber(said[3] or '-1') == sizes[2] then
    either = tonumber(said[1])
  else
    either = redis.call('SUNIONSTORE', KEYS[7], KEYS[2], KEYS[3])
    redis.call('UNLINK', KEYS[7])
  end
end
local function in_other(set, person)
  return redis.call('SISMEMBER', KEYS[set == 1 and 3 or 2], person) == 1
end
local found = {}
while at <= #ARGV do
  local first = at + 8
  local new = {{}, {}, {}, {}}
  local fresh, seen = 0, {}
  for set = 1, 4 do
    local count = tonumber(ARGV[at + set * 2 - 2])
    for place = first, first + count - 1 do
      if redis.call('SISMEMBER', KEYS[set + 1], ARGV[place]) == 0 then
        new[set][#new[set] + 1] = ARGV[place]
        if #bounds[3] > 0 and set <= 2 and not seen[ARGV[place]] and not in_other(set, ARGV[place]) then
          seen[ARGV[place]] = true
          fresh = fresh + 1
        end
      end
    end
    first = first + count
  end
  local people, sensitive_people = sizes[1] + #new[1], sizes[2] + #new[2]
  local level = place_of(people, 1) * (#bounds[2] + 1) + place_of(sensitive_people, 2)
  level = level * (#bounds[3] + 1) + place_of(either + fresh, 3)
  for set = 1, 4 do
    if string.sub(ARGV[at + set * 2 - 1], level + 1, level + 1) == '1' then
      for _, person in ipairs(new[set]) do
        if #bounds[3] > 0 and set <= 2 and not in_other(set, person) then either = either + 1 end
        redis.call('SADD', KEYS[set + 1], person)
      end
      if set <= 2 then sizes[set] = sizes[set] + #new[set] end
    end
  end
  found[#found + 1] = level
  found[#found + 1] = people
  found[#found + 1] = sensitive_people
  at = first
end
if #bounds[3] > 0 then
  redis.call('HSET', KEYS[6], 'either', either, 'pi', sizes[1], 'spi', sizes[2])
end
for set = 1, 4 do
  found[#found + 1] = redis.call('SCARD', KEYS[set + 1])
end
return found
