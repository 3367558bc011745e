-- Reserves the persons, and events, of records of one exporter and year. Gives for each record three numbers: the level
-- of the exporter with them, and the people behind it, this record's included, in PI and in SPI; after all records how
-- many each of the five sets holds then, and how many are in each dimension. Without records it is only a question.
-- A dimension counts who is in any of some sets, each once; of this year or of earlier ones too. A level is made of the
-- places between the bounds of each dimension, the last counting fastest.
-- Persons are added only where the level lets them pass, all of a record or none; whom an earlier record brought, or
-- this one before it was redelivered, is not new.
-- KEYS: the open epoch, the sets of PI, SPI, EXEMPT, GBA and IMPORTANT, how many are in dimensions of several sets, a set
-- for a moment, then sets of earlier years.
-- ARGV: epoch, how many dimensions, for each its name, how many sets, which (their places among KEYS), how many bounds,
-- and these ascending; then for each record and each of the five sets how many persons and at which levels they pass
-- ('110000'), and after these ten the persons.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then
  return redis.error_reply('EPOCH the claim store is not of the epoch of this lane')
end
local OWN = 5
local UNIONS, MOMENT = KEYS[OWN + 2], KEYS[OWN + 3]
local at = 3
local dimensions = {}
local counting = {{}, {}, {}, {}, {}}
for number = 1, tonumber(ARGV[2]) do
  local one = {name = ARGV[at], sets = {}, bounds = {}}
  for place = 1, tonumber(ARGV[at + 1]) do
    local key = tonumber(ARGV[at + 1 + place])
    one.sets[place] = KEYS[key]
    if key <= OWN + 1 then table.insert(counting[key - 1], number) end
  end
  at = at + 2 + #one.sets
  for place = 1, tonumber(ARGV[at]) do one.bounds[place] = tonumber(ARGV[at + place]) end
  at = at + 1 + #one.bounds
  dimensions[number] = one
end
local function place_of(people, one)
  local place = 0
  while one.bounds[place + 1] and people >= one.bounds[place + 1] do place = place + 1 end
  return place
end
local function has(set, person)
  return redis.call('SISMEMBER', set, person) == 1
end
-- Whether somebody who is not in one set of a dimension is in another.
local function in_other(one, set, person)
  for _, other in ipairs(one.sets) do
    if other ~= set and has(other, person) then return true end
  end
  return false
end
local function sizes_of(one)
  local sizes = {}
  for place, set in ipairs(one.sets) do sizes[place] = redis.call('SCARD', set) end
  return table.concat(sizes, ',')
end
-- How many are in any of several sets holds for sets of the sizes that were written with it. Sets only grow: whoever
-- added without it, as after a wipe or under another plan, changed a size.
local function people_in(one)
  if #one.sets == 0 then return 0 end
  if #one.sets == 1 then return redis.call('SCARD', one.sets[1]) end
  local people, sizes = string.match(redis.call('HGET', UNIONS, one.name) or '', '^(%d+) (.*)$')
  if sizes == sizes_of(one) then return tonumber(people) end
  local found = redis.call('SUNIONSTORE', MOMENT, unpack(one.sets))
  redis.call('UNLINK', MOMENT)
  return found
end
local people = {}
for number, one in ipairs(dimensions) do people[number] = people_in(one) end
local sizes = {redis.call('SCARD', KEYS[2]), redis.call('SCARD', KEYS[3])}
local found = {}
while at <= #ARGV do
  local first = at + 2 * OWN
  local new, fresh, seen = {}, {}, {}
  for number = 1, #dimensions do fresh[number], seen[number] = 0, {} end
  for set = 1, OWN do
    new[set] = {}
    local count = tonumber(ARGV[at + set * 2 - 2])
    for place = first, first + count - 1 do
      local person, key = ARGV[place], KEYS[set + 1]
      if not has(key, person) then
        table.insert(new[set], person)
        for _, number in ipairs(counting[set]) do
          if not seen[number][person] and not in_other(dimensions[number], key, person) then
            seen[number][person] = true
            fresh[number] = fresh[number] + 1
          end
        end
      end
    end
    first = first + count
  end
  local level = 0
  for number, one in ipairs(dimensions) do
    level = level * (#one.bounds + 1) + place_of(people[number] + fresh[number], one)
  end
  found[#found + 1] = level
  found[#found + 1] = sizes[1] + #new[1]
  found[#found + 1] = sizes[2] + #new[2]
  for set = 1, OWN do
    if string.sub(ARGV[at + set * 2 - 1], level + 1, level + 1) == '1' then
      for _, person in ipairs(new[set]) do
        for _, number in ipairs(counting[set]) do
          if not in_other(dimensions[number], KEYS[set + 1], person) then people[number] = people[number] + 1 end
        end
        redis.call('SADD', KEYS[set + 1], person)
      end
      if set <= 2 then sizes[set] = sizes[set] + #new[set] end
    end
  end
  at = first
end
for set = 1, OWN do found[#found + 1] = redis.call('SCARD', KEYS[set + 1]) end
for number, one in ipairs(dimensions) do
  if #one.sets > 1 then redis.call('HSET', UNIONS, one.name, people[number] .. ' ' .. sizes_of(one)) end
  found[#found + 1] = people[number]
end
return found
