/** An error answer of the API. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Sent as `x-acs-retry-after`, milliseconds. */
  readonly retryAfterMs?: number;
  /** Why, for the call log. The real API keeps this to itself, so no client ever sees it. */
  readonly detail?: string;
}

export function refuse(status: number, code: string, message: string, detail?: string): Refusal {
  return { status, code, message, ...(detail !== undefined && { detail }) };
}

// The message templates of the API's error table, with the arguments the API puts in.

export function invalidParameter(detail: string): Refusal {
  return refuse(400, 'InvalidParameter', 'Invalid parameter, please check the parameter input.', detail);
}

export function missingParameter(name: string): Refusal {
  return refuse(400, `Missing${name}`, `${name} is mandatory for this action.`);
}

export function notFound(kind: string, id: string): Refusal {
  return refuse(404, `ResourceNotFound.${kind}`, `The specified resource ${id} is not found.`);
}

export function alreadyExists(kind: string, id: string, detail: string): Refusal {
  return refuse(
    400,
    `ResourceAlreadyExist.${kind}`,
    `The specified resource ${id} is already exist.`,
    detail,
  );
}

export function alreadyAssociated(kind: string, id: string): Refusal {
  return refuse(
    400,
    `ResourceAlreadyAssociated.${kind}`,
    `The specified resource ${id} is already associated.`,
  );
}

export function notAssociated(kind: string, id: string): Refusal {
  return refuse(400, `ResourceNotAssociated.${kind}`, `The specified resource ${id} is not associated.`);
}

export function incorrectStatus(kind: string, id: string, status: string): Refusal {
  return refuse(400, `IncorrectStatus.${kind}`, `The status of ${kind} [${id}] is incorrect.`, status);
}

export function quotaExceeded(code: string, resource: string, usage: number, limit: number): Refusal {
  const quota = code.slice(code.indexOf('.') + 1);
  return refuse(
    400,
    code,
    `The quota of ${quota} is exceeded for resource ${resource}, usage ${usage}/${limit}.`,
  );
}

export function operationDenied(reason: string, detail?: string): Refusal {
  return refuse(
    400,
    `OperationDenied.${reason}`,
    `The operation is not allowed because of ${reason}.`,
    detail,
  );
}

export function forbidden(kind: 'LoadBalancer' | 'Listener' | 'SecurityPolicy'): Refusal {
  const message =
    kind === 'SecurityPolicy'
      ? 'Authentication has failed for SecurityPolicy.'
      : `Authentication is failed for ${kind}.`;
  return refuse(403, `Forbidden.${kind}`, message);
}

export function unknownAction(): Refusal {
  return refuse(
    404,
    'InvalidAction.NotFound',
    'Specified api is not found, please check your url and method.',
  );
}

/** A dry run that found nothing wrong: the API reports it as an error. */
export function dryRunPassed(): Refusal {
  return refuse(400, 'DryRunOperation', 'Request validation has been passed with DryRun flag set.');
}
