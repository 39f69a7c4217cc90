import type { z } from 'zod';
import { allPages, PAGE_SIZE } from './all-pages.ts';
import * as answers from './answers.ts';
import type { AlbApi, AsynJob } from './api.ts';
import type { Credentials } from './credentials/credentials.ts';
import type { CredentialsProblem, CredentialsProvider } from './credentials/provider.ts';
import type { AlbError, Outcome } from './error.ts';
import { classify } from './error-classes.ts';
import { leaderOnly } from './leader-only.ts';
import { RedactionMemory, type Redactor } from './redact.ts';
import { createRpc, type Rpc } from './rpc.ts';
import { noAnswer, notSent } from './rpc-outcome.ts';
import { signedRpc } from './signed-rpc.ts';
import type { CallTarget } from './unanswered.ts';
import { toWireForm } from './wire-form.ts';

const API_VERSION = '2020-06-16';
/** Not a documented type for tags, but the one that works: Alibaba's Terraform provider tags listeners with it. */
const RESOURCE_TYPE = 'listener';
const DEFAULT_TIMEOUT_MS = 10_000;

interface AlbClientOptions {
  /** From `endpointOf` or `endpointFromUrl`. */
  readonly endpoint: string;
  /** Of the endpoint, for messages. */
  readonly regionId?: string;
  readonly provider: CredentialsProvider;
  /** Milliseconds from the start of one request to the end of its answer. Default 10,000. */
  readonly timeoutMs?: number;
  /** Asked right before each write leaves; one that may not go is answered as not sent. All may go unless given. */
  readonly mayWrite?: () => boolean;
  /** HTTP unless given. */
  readonly carrierOf?: OpenCarrier | undefined;
  /** What speaks against a use of these credentials; nothing unless given. */
  readonly objection?: (credentials: Credentials) => Promise<CredentialsProblem | undefined>;
}

/** Gives a carrier of calls to an endpoint under one key. */
export type OpenCarrier = (to: {
  readonly target: CallTarget;
  readonly credentials: Credentials;
  readonly redact: Redactor;
}) => Rpc;

/** A carrier of calls, and what goes over every word that comes from the other side. */
export interface AlbConnection {
  readonly rpc: Rpc;
  readonly redact: Redactor;
}

/** The ALB API over HTTP. Every request has a connection of its own, so there is nothing to close. */
export function createAlbApi(options: AlbClientOptions): AlbApi {
  return albApiOver(connectAlb(options));
}

/** What `createAlbApi` calls through, for those who put something in between. */
export function connectAlb({
  endpoint,
  regionId,
  provider,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  mayWrite = () => true,
  carrierOf = (to) => createRpc({ ...to, apiVersion: API_VERSION, timeoutMs }),
  objection,
}: AlbClientOptions): AlbConnection {
  const redaction = new RedactionMemory();
  const { redact } = redaction;
  const target = { service: 'ALB', endpoint, regionId } as const;
  const rpc = signedRpc({
    provider,
    redaction,
    carrierOf: (credentials) => leaderOnly(carrierOf({ target, credentials, redact }), mayWrite),
    ...(objection !== undefined && { objection }),
  });
  return { rpc, redact };
}

/** The ALB API over any carrier of calls. */
export function albApiOver({ rpc, redact }: AlbConnection): AlbApi {
  async function call<T>(operation: string, parameters: object, shape: z.ZodType<T>): Promise<Outcome<T>> {
    const wire = toWireForm(parameters);
    if (!wire.ok) return notSent(operation, redact(wire.problem));
    const outcome = await rpc(operation, wire.parameters);
    if (outcome.outcome !== 'yes') return outcome;
    const { requestId } = outcome;
    const answer = answers.readAnswer(shape, outcome.value);
    if (!answer.ok)
      return noAnswer(operation, 'UnexpectedAnswer', { message: redact(answer.problem), requestId });
    return { outcome: 'yes', value: answer.value, requestId };
  }

  async function list<T>(
    operation: string,
    parameters: object,
    shape: z.ZodType<answers.Page<T>>,
  ): Promise<Outcome<readonly T[]>> {
    return allPages(operation, (nextToken) =>
      call(operation, { ...parameters, maxResults: PAGE_SIZE, nextToken }, shape),
    );
  }

  return {
    createListener: ({ tags, ...parameters }) =>
      call(
        'CreateListener',
        { ...parameters, ...(tags.length > 0 ? { tags } : {}) },
        answers.createdListener,
      ),
    updateListenerAttribute: (parameters) => call('UpdateListenerAttribute', parameters, answers.startedJob),
    deleteListener: (listenerId) => call('DeleteListener', { listenerId }, answers.startedJob),
    startListener: (listenerId) => call('StartListener', { listenerId }, answers.startedJob),
    stopListener: (listenerId) => call('StopListener', { listenerId }, answers.startedJob),
    getLoadBalancerAttribute: (loadBalancerId) =>
      call('GetLoadBalancerAttribute', { loadBalancerId }, answers.loadBalancerAttribute),
    getListenerAttribute: (listenerId) =>
      call('GetListenerAttribute', { listenerId }, answers.listenerAttribute),
    listListeners: async (filter) => {
      const outcome = await list('ListListeners', filter, answers.listenersPage);
      if (outcome.outcome !== 'yes') return outcome;
      // A listener made while pages are read moves the others: the same one may come on two pages.
      return {
        ...outcome,
        value: [...new Map(outcome.value.map((item) => [item.listenerId, item])).values()],
      };
    },
    // Without a type it is not said which certificates come; the CA certificate is in GetListenerAttribute.
    listListenerCertificates: (listenerId) =>
      list('ListListenerCertificates', { listenerId, certificateType: 'Server' }, answers.certificatesPage),
    associateAdditionalCertificatesWithListener: (listenerId, certificates) =>
      call('AssociateAdditionalCertificatesWithListener', { listenerId, certificates }, answers.startedJob),
    dissociateAdditionalCertificatesFromListener: (listenerId, certificates) =>
      call('DissociateAdditionalCertificatesFromListener', { listenerId, certificates }, answers.startedJob),
    updateListenerLogConfig: (parameters) => call('UpdateListenerLogConfig', parameters, answers.startedJob),
    associateAclsWithListener: (listenerId, aclType, aclIds) =>
      call('AssociateAclsWithListener', { listenerId, aclType, aclIds }, answers.startedJob),
    dissociateAclsFromListener: (listenerId, aclIds) =>
      call('DissociateAclsFromListener', { listenerId, aclIds }, answers.startedJob),
    listAcls: (aclIds) => list('ListAcls', { aclIds }, answers.aclsPage),
    tagListener: (listenerId, tags) =>
      call('TagResources', { resourceType: RESOURCE_TYPE, resourceId: [listenerId], tags }, answers.done),
    untagListener: (listenerId, tagKey) =>
      call('UnTagResources', { resourceType: RESOURCE_TYPE, resourceId: [listenerId], tagKey }, answers.done),
    listAsynJobs: async (filter) => {
      const outcome = await list('ListAsynJobs', filter, answers.asynJobsPage);
      if (outcome.outcome !== 'yes') return outcome;
      return { ...outcome, value: outcome.value.map((job) => readJob(job, redact)) };
    },
  };
}

type ReceivedJob = z.infer<typeof answers.asynJobsPage>['items'][number];

/** A job that succeeded may carry an empty error code, and one that failed may lack it. */
function readJob({ errorCode = '', errorMessage = '', ...job }: ReceivedJob, redact: Redactor): AsynJob {
  if (job.status !== 'Failed') return job;
  const operation = job.apiName ?? 'ListAsynJobs';
  const error: AlbError = {
    class: classify(operation, errorCode, 'job').class,
    operation: redact(operation, 128),
    code: errorCode === '' ? 'JobFailed' : redact(errorCode, 128),
    message: errorMessage === '' ? 'The job failed and the cloud gave no reason.' : redact(errorMessage),
  };
  return { ...job, error };
}
