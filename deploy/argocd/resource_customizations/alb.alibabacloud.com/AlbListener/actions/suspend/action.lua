-- The operator keeps out, also on deletion, until this is taken back.
obj.spec.suspend = true
return obj
