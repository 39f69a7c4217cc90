-- The health of an AlbListener. The operator keeps the rules of kstatus: the status says for which generation it
-- speaks, Reconciling and Stalled are True or absent and never there together.

local status = obj.status or {}
local seen = status.observedGeneration == obj.metadata.generation

-- The condition of that name, if it speaks of the manifest as it is now.
local function condition(name)
  if not seen then
    return nil
  end
  for _, candidate in ipairs(status.conditions or {}) do
    if candidate.type == name then
      return candidate
    end
  end
  return nil
end

local function health(verdict, message)
  return { status = verdict, message = message }
end

local ready = condition("Ready")

if obj.metadata.deletionTimestamp ~= nil then
  return health("Progressing", ready and ready.message or "The listener is about to be deleted.")
end

if ready == nil then
  return health("Progressing", "The operator has not seen this manifest yet.")
end

if condition("Stalled") ~= nil then
  return health("Degraded", ready.message)
end

if condition("Reconciling") ~= nil then
  return health("Progressing", ready.message)
end

if ready.status == "True" then
  return health("Healthy", ready.message)
end

-- Ready is Unknown: suspend is true or reconcilePolicy is DryRun, so nobody works towards the manifest.
return health("Suspended", ready.message)
