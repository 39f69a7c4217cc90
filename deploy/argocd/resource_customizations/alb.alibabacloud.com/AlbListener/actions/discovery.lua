local suspended = obj.spec.suspend == true

return {
  ["reconcile-now"] = { disabled = suspended },
  ["suspend"] = { disabled = suspended },
  ["resume"] = { disabled = not suspended },
}
