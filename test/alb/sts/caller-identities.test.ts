import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Credentials } from '../../../src/alb/credentials/credentials.ts';
import type { Outcome } from '../../../src/alb/error.ts';
import { CallerIdentities } from '../../../src/alb/sts/caller-identities.ts';
import { SimulatorControl } from '../../../src/simulator/control-client.ts';
import { HOME_ACCOUNT } from '../../../src/simulator/home-account.ts';
import { type RunningSimulator, startSimulator } from '../../../src/simulator/server.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const PARTNER = '2000000000000002';

let cloud: RunningSimulator;
let control: SimulatorControl;
let clock: VirtualClock;
let identities: CallerIdentities;

beforeEach(async () => {
  cloud = await startSimulator({
    inventory: {
      credentials: [
        { accessKeyId: 'home', accessKeySecret: 'PlantedSecretHome' },
        { accessKeyId: 'partner', accessKeySecret: 'PlantedSecretPartner', accountId: PARTNER },
      ],
    },
  });
  control = new SimulatorControl(cloud.control);
  clock = new VirtualClock();
  identities = new CallerIdentities(cloud.endpoint, clock);
});
afterEach(() => cloud.close());

const key = (name: string) =>
  new Credentials(name, `PlantedSecret${name.slice(0, 1).toUpperCase()}${name.slice(1)}`);
const asked = async () =>
  (await control.calls()).filter(({ action }) => action === 'GetCallerIdentity').length;

function accountIn(answer: Outcome<string>): string {
  return answer.outcome === 'yes' ? answer.value : answer.error.code;
}

describe('the account of a key', () => {
  it('is what STS says, asked once for each key, whoever wants to know and however often', async () => {
    const [home, partner] = [key('home'), key('partner')];
    const answers = await Promise.all([home, home, partner].map((one) => identities.accountOf(one)));
    expect(answers.map(accountIn)).toEqual([HOME_ACCOUNT, HOME_ACCOUNT, PARTNER]);
    expect(accountIn(await identities.accountOf(home))).toBe(HOME_ACCOUNT);
    expect(await asked()).toBe(2);
  });

  it('of a key that is refused is asked for again after a rest, so that many who want it hurt nobody', async () => {
    const unknown = key('nobody');
    const answers = await Promise.all([unknown, unknown].map((one) => identities.accountOf(one)));
    expect(answers).toMatchObject([
      { outcome: 'no', error: { class: 'authentication', code: 'InvalidAccessKeyId.NotFound' } },
      { outcome: 'no', error: { operation: 'GetCallerIdentity' } },
    ]);
    await clock.advance(4999);
    await identities.accountOf(unknown);
    expect(await asked()).toBe(1);

    await control.patchInventory({
      credentials: [{ accessKeyId: 'nobody', accessKeySecret: 'PlantedSecretNobody' }],
    });
    await clock.advance(1);
    expect(accountIn(await identities.accountOf(unknown))).toBe(HOME_ACCOUNT);
    expect(await asked()).toBe(2);
  });

  it.each([
    { text: '{"RequestId":"R"}', reason: 'there is none' },
    { text: '{"RequestId":"R","AccountId":"../1"}', reason: 'it is no id' },
    { text: '<html>busy</html>', reason: 'a proxy answers' },
  ])('is unknown, not guessed, when $reason', async ({ text }) => {
    await control.addFault({ kind: 'body', operation: 'GetCallerIdentity', status: 200, text });
    expect(await identities.accountOf(key('home'))).toMatchObject({
      outcome: 'unknown',
      error: { class: 'unavailable', operation: 'GetCallerIdentity' },
    });
  });
});
