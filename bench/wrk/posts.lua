-- Post guests' comments, no two of them alike, to the pages of a file, one after another.
dofile("report.lua")
local pages, place, run = {}, 0, ""
local BODY = '{"thread": {"url": "%s", "title": "A page"}, "text": "%s %d. %s", "name": "Guest %d",' ..
  ' "email": "guest%d@example.org", "transport": "bearer", "idempotency_key": "%s-%022d"}'
local TEXT = "I read it twice, and the *second* time I saw what was meant by the third paragraph: " ..
  "see https://example.org/a-longer-page for what others had to say about it."

function init(args)
  for line in io.lines(args[1]) do pages[#pages + 1] = line end
  run = args[2]
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  place = place + 1
  local page = pages[place % #pages + 1]
  local body = string.format(BODY, page, run, place, TEXT, place, place, run, place)
  return wrk.format("POST", nil, nil, body)
end
