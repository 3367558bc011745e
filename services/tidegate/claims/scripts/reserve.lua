-- Reserves the persons of records of one exporter and year. Gives for each record three numbers: the level of the
-- exporter with them, which is twice that of personal data (0 to 2) and that of sensitive data (0, 1); and the people
-- behind it, this record's included, in PI and in SPI; and after all records how many each of the four sets holds then.
-- Persons are added only where the level lets them pass, all of a
-- record or none; whom an earlier record brought, or this one before it was redelivered, is not new.
-- KEYS: the open epoch, the sets of PI, SPI, EXEMPT and GBA.
-- ARGV: epoch, the two thresholds of personal data, that of sensitive data, then for each record and each of the four
-- sets how many persons and at which of the six levels they pass ('110000'), and after these eight the persons.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then
  return redis.error_reply('EPOCH the claim store is not of the epoch of this lane')
end
local contract, assessment, sensitive = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local sizes = {redis.call('SCARD', KEYS[2]), redis.call('SCARD', KEYS[3])}
local found = {}
local at = 5
while at <= #ARGV do
  local first = at + 8
  local new = {{}, {}, {}, {}}
  for set = 1, 4 do
    local count = tonumber(ARGV[at + set * 2 - 2])
    for place = first, first + count - 1 do
      if redis.call('SISMEMBER', KEYS[set + 1], ARGV[place]) == 0 then
        new[set][#new[set] + 1] = ARGV[place]
      end
    end
    first = first + count
  end
  local people, sensitive_people = sizes[1] + #new[1], sizes[2] + #new[2]
  local level = 0
  if people >= assessment then level = 4 elseif people >= contract then level = 2 end
  if sensitive_people >= sensitive then level = level + 1 end
  for set = 1, 4 do
    if string.sub(ARGV[at + set * 2 - 1], level + 1, level + 1) == '1' then
      for _, person in ipairs(new[set]) do
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
for set = 1, 4 do
  found[#found + 1] = redis.call('SCARD', KEYS[set + 1])
end
return found
