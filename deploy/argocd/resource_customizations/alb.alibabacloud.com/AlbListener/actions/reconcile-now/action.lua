-- Any new value of the annotation has the operator look at the listener at once.
local os = require("os")

local annotations = obj.metadata.annotations or {}
annotations["alb.alibabacloud.com/reconcile-requested-at"] = os.date("!%Y-%m-%dT%XZ")
obj.metadata.annotations = annotations
return obj
