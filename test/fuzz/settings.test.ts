import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { hostileText } from './hostile.ts';

const GOOD = {
  ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou',
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI5tPlantedKeyId00000',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'PlantedAccessKeySecret0000000',
  ALIBABA_CLOUD_SECURITY_TOKEN: 'CAISPlantedToken00000',
  ALB_NETWORK: 'vpc',
  ALB_ENDPOINT: 'http://127.0.0.1:8080',
  ALB_POLL_INTERVAL: '2s',
  ALB_BUSY_INTERVAL: '2s',
  ALB_SLOW_INTERVAL: '5m',
  ALB_RESYNC_INTERVAL: '1h',
  ALB_SETTLE_TIME: '2m',
  ALB_PATIENCE: '10m',
  ALB_CALLS_PER_MINUTE: '160',
  ALB_WORKERS: '10',
  ALB_INSTALLATION: 'blue',
  LOG_LEVEL: 'info',
  LOG_FORMAT: 'text',
};
const SECRETS: ReadonlySet<string> = new Set([
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_SECURITY_TOKEN',
]);

const durations = fc
  .tuple(
    fc.oneof(fc.nat(), fc.constantFrom('0', '00', '9999999', '99999999', '-1', '')),
    fc.constantFrom('ms', 's', 'm', 'h', 'd', ''),
  )
  .map(([number, unit]) => `${number}${unit}`);

describe('settings', () => {
  it('are read whole when they are good', () => {
    expect(readConfig(GOOD)).toMatchObject({
      ok: true,
      config: { workers: 10, endpoint: GOOD.ALB_ENDPOINT },
    });
  });

  it('with one bad value are refused by its name, and no secret is repeated', () => {
    const names = Object.keys(GOOD);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.oneof(hostileText, durations), (name, value) => {
        const reading = readConfig({ ...GOOD, [name]: value });
        if (reading.ok) {
          const { pace, workers, callsPerMinute } = reading.config;
          for (const number of [...Object.values<number>({ ...pace }), workers, callsPerMinute]) {
            expect(Number.isSafeInteger(number) && number > 0).toBe(true);
          }
          return;
        }
        expect(reading.problems.join('\n')).toContain(name);
        if (SECRETS.has(name) && value.length > 12) expect(reading.problems.join('\n')).not.toContain(value);
      }),
      { numRuns: 2000 },
    );
  });

  it('are read or refused whatever the environment holds', () => {
    const environment = fc.dictionary(
      fc.constantFrom(...Object.keys(GOOD), 'PATH', '__proto__'),
      hostileText,
    );
    fc.assert(
      fc.property(environment, (given) => {
        const reading = readConfig(given);
        expect(reading.ok || reading.problems.every((problem) => problem.trim() !== '')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('keep a password in an endpoint to themselves', () => {
    const password = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/);
    fc.assert(
      fc.property(password, fc.constantFrom('http:', 'https:', 'ftp:', 'http'), (secret, scheme) => {
        const reading = readConfig({ ...GOOD, ALB_ENDPOINT: `${scheme}//user:${secret}@127.0.0.1:8080/` });
        expect(reading.ok).toBe(false);
        expect(JSON.stringify(reading)).not.toContain(secret);
      }),
    );
  });
});
