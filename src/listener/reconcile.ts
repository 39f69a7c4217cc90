import type { Access, Caller } from '../alb/api.ts';
import { accessOf } from './access.ts';
import { type Acted, act, type Tools } from './act.ts';
import type { Home } from './adoption.ts';
import { type AuditRecord, audited } from './audit.ts';
import { readClaim } from './claim.ts';
import { tellOfLapse, withClaimRecord } from './claim-lapse.ts';
import { CloudOutages } from './cloud-outages.ts';
import { decideDeletion } from './decide-deletion.ts';
import { decideLeftBehind } from './decide-left-behind.ts';
import { decideLife } from './decide-life.ts';
import { decideUnseen, NO_SESSION } from './decide-unseen.ts';
import type { Decision } from './decision.ts';
import { type News, newsOfEdit } from './edited.ts';
import type { Facts } from './facts.ts';
import { withoutFuture } from './future.ts';
import { confirmedBy, glanceAtLife } from './glance.ts';
import { CloudWrites, withHistory } from './history.ts';
import { Installation } from './installation.ts';
import { type MayUse, refusedLoadBalancer } from './load-balancer-access.ts';
import { afterSearch, withLostMemory } from './lost-memory.ts';
import { nextStep, Polls, type Timetable } from './next-step.ts';
import { observeDeletion, observeLife } from './observation.ts';
import { followUp, type KnownOrphan, Orphans } from './orphans.ts';
import type { Cloud, Cluster, Log, NextStep, Now, Pace, Priority, Session, WriteOutcome } from './ports.ts';
import { withQuicListener } from './quic-reference.ts';
import { REASONS } from './reason.ts';
import { sourcedLoadBalancer } from './references.ts';
import { removeOrphan } from './remove-orphan.ts';
import { type AlbListener, formatKey, type ObjectKey } from './resource.ts';
import type { AlbListenerStatus } from './schema/status.ts';
import { withSearchedPlace } from './searched-place.ts';
import { conditionOf, messageToShow, summarise } from './summary.ts';
import { Unconfirmed } from './unconfirmed.ts';
import { UnlistedRegions } from './unlisted-regions.ts';

export interface World {
  readonly cluster: Cluster;
  /** Opens the way to the cloud. It costs a call only when a key is new, and never rejects. */
  readonly openSession: (access: Access, caller: Caller) => Promise<Session>;
  readonly now: Now;
  readonly mayUse: MayUse;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly pace: Pace;
  /** Names this installation of the operator; the same for all its replicas. 1 to 128 characters. */
  readonly installation: string;
  /** Regions that settings name, the operator's own included. */
  readonly furtherRegions: readonly string[];
  /** Asked at each reconcile: the UID of the cluster is read after the start. */
  readonly home: () => Home;
  /** Takes a record of every write to the cloud, as soon as it is answered. */
  readonly audit: (entry: AuditRecord) => void;
}

export type Reconcile = (key: ObjectKey, priority: Priority, log: Log) => Promise<NextStep>;

/**
 * The life of a listener. One call brings one resource one step closer to what is declared: it makes at most one
 * write to the cloud and never waits; waiting is a later call. It may be called at any time and any number of
 * times, from any state, after any crash.
 */
export function createReconcile(world: World): Reconcile {
  const unconfirmed = new Unconfirmed();
  const orphans = new Orphans(world.now);
  const installation = new Installation(world.installation);
  const polls = new Polls();
  const unlistedRegions = new UnlistedRegions();
  const outages = new CloudOutages();
  return async (key, priority, log) => {
    const sessions: Session[] = [];
    const openSession = async (access: Access) => {
      const session = await world.openSession(access, { namespace: key.namespace, priority });
      sessions.push(session);
      return session;
    };
    try {
      const { settle } = world.pace;
      const step = await reconcile(key, world, {
        ...world,
        log,
        unconfirmed,
        orphans,
        installation,
        polls,
        unlistedRegions,
        outages,
        settle,
        clusterUid: world.home().clusterUid,
        openSession,
      });
      return orphans.noLaterThanDue(key, step);
    } finally {
      for (const session of sessions) session.close();
    }
  };
}

/** What one reconcile works with; its cloud depends on what it comes to deal with. */
interface Kit extends Omit<Tools, 'cloud' | 'site' | 'writes'>, Timetable {
  readonly openSession: (access: Access) => Promise<Session>;
  readonly installation: Installation;
  readonly unlistedRegions: UnlistedRegions;
  readonly outages: CloudOutages;
}

async function reconcile(key: ObjectKey, world: World, kit: Kit): Promise<NextStep> {
  const { cluster, now } = world;
  const startedAt = now();

  // The cache may be behind. That is safe, because every write to the cluster carries a precondition.
  const cached = cluster.read(key);

  // An id that is only in memory must not be lost with the object it belongs to.
  const missing = kit.unconfirmed.missing(key, cached);
  if (missing !== undefined) return nextStep(missing.object, await followUp(missing, kit), kit);

  // What a vanished resource left behind goes first: its successor may want the same port.
  const orphan = kit.orphans.due(key);
  if (orphan !== undefined) {
    await deleteOrphan(orphan, world, kit);
    // The successor comes right after: each reconcile makes one write to the cloud at most.
    return cached === undefined ? { next: 'done' } : { next: 'poll', ms: 0 };
  }

  if (cached === undefined) {
    kit.installation.forget(key);
    kit.polls.forget(key);
    kit.unlistedRegions.forget(key);
    kit.outages.forget(key);
    return { next: 'done' };
  }
  const rival = kit.installation.replacedBy(cached);
  if (rival !== undefined) {
    standBack(cached, rival, world, kit.log);
    return nextStep(cached, { when: 'resync' }, kit);
  }
  let object = withLostMemory(kit.unconfirmed.complete(cached), now());

  // Released by us, and still held by the finalizers of others: nothing is left to do.
  if (object.beingDeleted && !object.hasFinalizer) return { next: 'done' };

  // The finalizer comes before the first call that could create something, so that nothing can be left behind.
  if (!object.hasFinalizer) {
    const held = await cluster.addFinalizer(object);
    if (held.write !== 'written') return afterFailedWrite(held, kit);
    object = kit.unconfirmed.complete(held.object);
  }

  object = withoutFuture(object, now(), kit.settle);
  const news = newsOfEdit(object);
  if (news !== undefined) {
    const told = await cluster.writeStatus(object, statusOf(object, news, world), 'version');
    if (told.write !== 'written') return afterFailedWrite(told, kit);
    object = told.object;
  }

  // The account comes before the first look: in the wrong one everything would seem to be gone.
  const unseen =
    decideUnseen(object, refusedLoadBalancer(object, cluster, world.mayUse)) ??
    decideLeftBehind(object, leftBehind(object, world, kit), now());
  const session = unseen === undefined ? await kit.openSession(accessOf(object)) : NO_SESSION;
  const { site } = session;
  kit.unlistedRegions.tell(object, session, cluster);
  const decided =
    unseen === undefined ? await decide(object, world, session, kit) : { object, decision: unseen };
  const { decision } = decided;
  object = decided.object;

  // After a sleep since it was read, the object may have been reconciled by another process.
  if (now() - startedAt > kit.settle) return { next: 'poll', ms: 0 };

  // At most one write to the cloud. What it answered is kept before anything else happens.
  const writes = new CloudWrites();
  const cloud = auditedCloud(session, loadBalancerOf(object, decision), object, (entry) => {
    world.audit(entry);
    writes.add(entry, now());
  });
  const acted = withSearchedPlace(
    await act(object, decision, { ...kit, cloud, site, writes }),
    object,
    site,
    cluster,
  );
  logDecision(object, decision, acted, kit.log);
  kit.outages.note(object, decision, acted, kit);

  // One status write at the end of every path, and only if it says something new.
  switch (acted.after) {
    case 'finish':
      kit.polls.forget(key);
      return afterItsEnd(kit);
    case 'leave':
      return nextStep(object, acted.again, kit);
    case 'summarise':
      return writeSummary(object, decision, acted, {
        problem: unseen === undefined ? session.problem : undefined,
        world,
        kit,
        writes,
      });
  }
}

interface SummaryContext extends Pick<Session, 'problem'> {
  readonly world: World;
  readonly kit: Kit;
  readonly writes: CloudWrites;
}

/** Writes what came of the decision into the status, and says in events what changed with it. */
async function writeSummary(
  object: AlbListener,
  decision: Decision,
  acted: Extract<Acted, { after: 'summarise' }>,
  { problem, world, kit, writes }: SummaryContext,
): Promise<NextStep> {
  const { cluster, now } = world;
  const { finding } = acted;
  const timing = { now: now(), settle: kit.settle };
  const news = { facts: acted.facts, reason: finding.reason };
  const { facts, lapses } = withClaimRecord(object, news, { problem }, timing);
  const summary = statusOf(acted.object, { facts, finding }, world);
  const status = withHistory(summary, acted.object, { decision, finding, writes });
  const written = await cluster.writeStatus(acted.object, status, 'version');
  if (written.write !== 'written') return afterFailedWrite(written, kit);
  if (hasProgressed(object, decision, facts)) kit.polls.forget(object.key);
  recordTransition(object, acted, cluster);
  if (lapses) tellOfLapse(object, cluster);
  return nextStep(object, acted.again, kit);
}

/** In the account and region where it was created, which its resource had recorded. */
async function deleteOrphan(orphan: KnownOrphan, world: World, kit: Kit): Promise<void> {
  const session = await kit.openSession({ ...accessOf(orphan.object), isLeaving: true });
  const cloud = auditedCloud(session, orphan.loadBalancerId, orphan.object, world.audit);
  await removeOrphan(orphan, cloud, kit);
}

/**
 * Whether another part of many certificates was sent.
 *
 * Each call takes a few, and the growing pauses of one part must not delay the next.
 */
function hasProgressed({ status }: AlbListener, decision: Decision, { convergence }: Facts): boolean {
  if (decision.do !== 'apply' || convergence === undefined) return false;
  const { call } = decision.step;
  const isPart = call === 'associateCertificates' || call === 'dissociateCertificates';
  return isPart && convergence.difference !== status.convergence?.difference;
}

/** What an earlier object of the name left behind on the port that this one declares. */
function leftBehind(
  object: AlbListener,
  { cluster }: World,
  { orphans }: Pick<Kit, 'orphans'>,
): KnownOrphan | undefined {
  const claim = readClaim(object.spec) ?? readClaim(object.spec, sourcedLoadBalancer(object, cluster));
  return claim && orphans.on(object.key, claim);
}

function statusOf(object: AlbListener, { facts, finding }: News, world: World): AlbListenerStatus {
  return summarise(object, { ...facts, installation: world.installation }, finding, world.now());
}

/** The cloud of a session, with a record of every write. One that could not be opened writes nothing. */
function auditedCloud(
  { site, cloudFor }: Session,
  loadBalancerId: string,
  object: AlbListener,
  audit: World['audit'],
): Cloud {
  const cloud = cloudFor(loadBalancerId);
  return site === undefined ? cloud : audited(cloud, site, object, audit);
}

interface Decided {
  /** As it is after the look. */
  readonly object: AlbListener;
  readonly decision: Decision;
}

async function decide(
  object: AlbListener,
  world: World,
  session: Session,
  { openSession }: Kit,
): Promise<Decided> {
  // Look before deciding: what the cluster and the cloud say now, not what we believe happened last time.
  // Deciding is pure: the same facts give the same decision, in production, in the simulation and in a plan.
  const { cluster, pace, mayUse } = world;
  const now = world.now();
  const cloud = session.cloudFor(loadBalancerOf(object));
  const elsewhere = async () => {
    const regions = world.furtherRegions.filter((regionId) => regionId !== session.site?.regionId);
    return Promise.all(regions.map((regionId) => openSession({ ...accessOf(object), regionId })));
  };
  const { clusterUid } = world.home();
  const view = { cluster, cloud, session, openSession, mayUse, now, pace, elsewhere, clusterUid };
  const circumstances = { now, settle: pace.settle, patience: pace.patience, home: world.home() };
  if (object.beingDeleted) {
    const observation = await observeDeletion(object, view);
    const known = afterSearch(object, observation, circumstances);
    return { object: known, decision: decideDeletion(known, observation, circumstances) };
  }

  // A glance that all share is enough to see that nothing is to be done; anything else deserves a close look.
  // The first look of an installation is a close one, so that its name gets into the status and others notice.
  const isTakenUp = object.status.installation === world.installation;
  const glance = isTakenUp ? await glanceAtLife(object, view) : undefined;
  const confirmed = glance && confirmedBy(glance, object, decideLife(object, glance, circumstances));
  if (confirmed !== undefined) return { object, decision: confirmed };
  const observation = await withQuicListener(object, await observeLife(object, view), view);
  const known = afterSearch(object, observation, circumstances);
  return { object: known, decision: decideLife(known, observation, circumstances) };
}

/** The load balancer that a write goes to; empty where nobody knows it any more. */
function loadBalancerOf({ spec, status }: AlbListener, decision?: Decision): string {
  if (decision !== undefined && 'spec' in decision) return decision.spec.loadBalancerId;
  return status.loadBalancerId ?? readClaim(spec)?.loadBalancerId ?? '';
}

/** Another installation works on the object: two of them would undo each other's work for ever. */
function standBack(object: AlbListener, rival: string, world: World, log: Log): void {
  const note = `Another installation of the operator, ${rival}, works on this object, too; ${world.installation} stands back for now. Uninstall one of the two, or have them watch different namespaces.`;
  log.warn({ ...identity(object), rival }, note);
  world.cluster.recordEvent(object, {
    type: 'Warning',
    reason: 'OtherInstallation',
    action: 'Reconcile',
    note,
  });
}

/**
 * What follows a write that says that the object is gone.
 *
 * The DELETED event of the watch ends the wait. If etcd is restored before that event, the object exists again, in the
 * very version that the cache has, and no event follows.
 */
function afterItsEnd({ pace }: Pick<Timetable, 'pace'>): NextStep {
  return { next: 'after', ms: pace.resync };
}

/** A conflict is the ordinary sign of a stale copy: silent, and tried again with a new one. */
function afterFailedWrite(
  outcome: Exclude<WriteOutcome, { write: 'written' }>,
  timetable: Pick<Timetable, 'pace'>,
): NextStep {
  switch (outcome.write) {
    case 'gone':
      return afterItsEnd(timetable);
    case 'conflict':
    case 'failed':
      return { next: 'retry' };
  }
}

/** Events are for transitions; the reason in force is what a person would call the state. */
function recordTransition(
  before: AlbListener,
  acted: Extract<Acted, { after: 'summarise' }>,
  cluster: Cluster,
): void {
  const { reason, requestId } = acted.finding;
  const message = messageToShow(acted.finding);
  const { event } = REASONS[reason];
  const previous = conditionOf(before, 'Ready');
  const isNew = previous?.reason !== reason || previous.observedGeneration !== acted.object.generation;
  if (!isNew || event === 'none') return;
  const note = requestId === undefined ? message : `${message} (RequestId ${requestId})`;
  cluster.recordEvent(acted.object, { type: event, reason, action: 'Reconcile', note });
}

/** One line per thing that happened; nothing while nothing does. */
function logDecision(object: AlbListener, decision: Decision, acted: Acted, log: Log): void {
  if (decision.do === 'keepStatus') {
    const { error } = decision;
    // Of a host that does not answer, `CloudOutages` tells.
    if (error === undefined || error.notSent || error.unansweredBy !== undefined) return;
    log.warn({ ...identity(object), error }, 'the cloud could not be read; the status stands');
    return;
  }
  const finding = acted.after === 'summarise' ? acted.finding : undefined;
  const isNews = finding !== undefined && conditionOf(object, 'Ready')?.reason !== finding.reason;
  if (!isNews && (decision.do === 'nothing' || decision.do === 'report')) return;
  const fields = { ...identity(object), decision: decision.do };
  if (finding === undefined) {
    log.info(fields, `decided: ${decision.do}`);
    return;
  }
  const { message: _, ...rest } = finding;
  const isTrouble = REASONS[finding.reason].stance === 'stalled' || finding.unansweredBy !== undefined;
  const level = isTrouble ? 'warn' : 'info';
  log[level]({ ...fields, ...rest }, messageToShow(finding));
}

function identity(object: AlbListener): object {
  const { listenerId } = object.status;
  return {
    key: formatKey(object.key),
    generation: object.generation,
    ...(listenerId !== undefined && { listenerId }),
  };
}
