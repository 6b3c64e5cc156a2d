-- Ask for the addresses of a file, one after another, from a place in it on.
dofile("report.lua")
local paths, place = {}, 0

function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  place = tonumber(args[2])
end

function request()
  place = place % #paths + 1
  return wrk.format("GET", paths[place])
end
