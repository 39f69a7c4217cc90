-- Absent rather than false, as a manifest has it that never was suspended.
obj.spec.suspend = nil
return obj
