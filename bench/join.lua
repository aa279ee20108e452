-- Joins of distinct people; every connection's thread draws from its own numbers.
local threads = 0
function setup(t)
  t:set('thread', threads)
  threads = threads + 1
end

local personas = { 'solo_founder', 'small_team', 'agency', 'content_creator', 'other' }
function init(args)
  n = 0
  math.randomseed(os.time() + thread * 7919)
  run = string.format('%d%d%d', os.time(), thread, math.random(1e9))
  wrk.method = 'POST'
  wrk.headers['Content-Type'] = 'application/json'
end

function request()
  n = n + 1
  local body = string.format(
    '{"email":"u%s.%d@example.com","use_case":"I want to use VoBee for marketing automation","persona":"%s"}',
    run, n, personas[n % 5 + 1])
  return wrk.format(nil, nil, nil, body)
end
