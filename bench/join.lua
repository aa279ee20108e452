-- Joins of distinct people; every connection's thread draws from its own numbers. With the argument
-- `keyed` each request has an Idempotency-Key.
local threads = 0
function setup(t)
  t:set('thread', threads)
  threads = threads + 1
end

local personas = { 'solo_founder', 'small_team', 'agency', 'content_creator', 'other' }
function init(args)
  n = 0
  -- The address of a table differs between runs that start at the same time.
  run = string.format('%d%d%s', os.time(), thread, tostring({}):match('0x(%x+)'))
  wrk.method = 'POST'
  wrk.headers['Content-Type'] = 'application/json'
  keyed = args[1] == 'keyed'
end

function request()
  n = n + 1
  local body = string.format(
    '{"email":"u%s.%d@example.com","use_case":"I want to use VoBee for marketing automation","persona":"%s"}',
    run, n, personas[n % 5 + 1])
  if keyed then wrk.headers['Idempotency-Key'] = run .. '.' .. n end
  return wrk.format(nil, nil, nil, body)
end
