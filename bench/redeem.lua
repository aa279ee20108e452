-- Redeems the codes of a file (the first argument), each thread every second one of them, as a
-- new person each time. A file of one code is that code for everybody.
local threads = 0
function setup(t)
  t:set('thread', threads)
  threads = threads + 1
end

local THREADS = 2
function init(args)
  n = thread - THREADS
  math.randomseed(os.time() + thread * 7919)
  run = string.format('%d%d%d', os.time(), thread, math.random(1e9))
  codes = {}
  for code in io.lines(args[1]) do codes[#codes + 1] = code end
  wrk.method = 'POST'
  wrk.headers['Content-Type'] = 'application/json'
end

function request()
  n = n + THREADS
  local body = string.format(
    '{"code":"%s","email":"u%s.%d@example.com"}', codes[n % #codes + 1], run, n)
  return wrk.format(nil, nil, nil, body)
end
