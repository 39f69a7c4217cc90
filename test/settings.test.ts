import { describe, expect, it } from 'vitest';
import { type ConfigReading, readConfig } from '../src/config.ts';
import { describedSettings } from '../src/settings/described.ts';
import { helpText } from '../src/settings/help.ts';

const KEY = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'id', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'PlantedSecret0' };
const GOOD = { ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou', ...KEY };
const ROLE = {
  ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::1:role/alb',
  ALIBABA_CLOUD_OIDC_PROVIDER_ARN: 'acs:ram::1:oidc-provider/ack',
  ALIBABA_CLOUD_OIDC_TOKEN_FILE: '/var/run/token',
};

describe('flags', () => {
  it('win over variables', () => {
    const reading = readConfig({ ...GOOD, ALB_WORKERS: '3' }, ['--workers=7', '--log-level', 'debug']);
    expect(reading).toMatchObject({ ok: true, config: { workers: 7, log: { level: 'debug' } } });
  });

  it('are refused with everything that is wrong at once, and repeat no value', () => {
    const args = [
      '--worker=3',
      'PlantedSecret0',
      '--access-key-secret=PlantedSecret0',
      '--log-level=loud',
      '--network',
    ];
    const text = problemsOf(readConfig({}, args));
    expect(text).toContain('did you mean --workers?');
    expect(text).toContain('Argument 2 belongs to no flag');
    expect(text).toContain('set ALIBABA_CLOUD_ACCESS_KEY_SECRET; others can read a command line');
    expect(text).toContain('--log-level: write trace, debug');
    expect(text).toContain('--network has no value');
    expect(text).toContain('ALIBABA_CLOUD_REGION_ID: set the region');
    expect(text).not.toContain('PlantedSecret0');
  });

  it('are each described once, by words of their own', () => {
    const flags = describedSettings.flatMap(({ flag }) => flag ?? []);
    expect(new Set(flags).size).toBe(flags.length);
    expect(new Set(describedSettings.map(({ meaning }) => meaning)).size).toBe(describedSettings.length);
    for (const { variable } of describedSettings) expect(helpText()).toContain(variable);
  });
});

describe('regions that settings name', () => {
  it('are searched for a listener whose status was wiped: each once, the own one first', () => {
    const regions = { ALB_ENDPOINT: 'cn-beijing=http://127.0.0.1:1', ALB_REGIONS: 'ap-east-9, cn-beijing' };
    expect(readConfig({ ...GOOD, ...regions })).toMatchObject({
      ok: true,
      config: { namedRegions: ['cn-hangzhou', 'cn-beijing', 'ap-east-9'] },
    });
  });
});

describe('what is watched', () => {
  it('is everything unless something is named', () => {
    expect(readConfig(GOOD)).toMatchObject({ ok: true, config: { watch: { namespaces: [] } } });
  });

  it('is each namespace once', () => {
    const reading = readConfig({ ...GOOD, WATCH_NAMESPACES: 'shop, blog,shop' });
    expect(reading).toMatchObject({ ok: true, config: { watch: { namespaces: ['shop', 'blog'] } } });
  });

  it.each(['shop,', ',', 'Shop', 'shop;blog', 'shop blog', '*'])('is refused: namespaces %j', (text) => {
    expect(problemsOf(readConfig({ ...GOOD, WATCH_NAMESPACES: text }))).toContain('WATCH_NAMESPACES: write');
  });

  const selectors = [
    'shard',
    '!shard',
    'shard=a',
    'shard==a',
    'shard != a',
    'shard=',
    'shard in (a,b)',
    'shard notin ( a, b )',
    'example.com/shard=a_1.b,tier in (web),!old',
  ];
  it.each(selectors)('is chosen by the selector %j', (labelSelector) => {
    const reading = readConfig(GOOD, [`--watch-selector=${labelSelector}`]);
    expect(reading).toMatchObject({ ok: true, config: { watch: { labelSelector } } });
  });

  const wrong = [
    '=a',
    'shard=a b',
    'shard=a,',
    'shard in a',
    'shard in (a',
    '-shard=a',
    'a/b/c=d',
    'shard=ä',
  ];
  it.each(wrong)('is refused: the selector %j', (text) => {
    expect(problemsOf(readConfig({ ...GOOD, WATCH_SELECTOR: text }))).toContain('WATCH_SELECTOR: write');
  });
});

describe('the source of credentials', () => {
  const region = { ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou' };
  const chosen = [
    { reason: 'all three variables of RRSA', given: ROLE, kind: 'oidcRole' },
    { reason: 'a folder', given: { ALB_CREDENTIALS_DIR: '/etc/alb' }, kind: 'directory' },
    { reason: 'an access key', given: KEY, kind: 'fixed' },
  ];
  it.each(chosen)('is the one that is set: $reason', ({ given, kind }) => {
    expect(readConfig({ ...region, ...given })).toMatchObject({
      ok: true,
      config: { credentials: { kind } },
    });
  });

  const refused = [
    { reason: 'none', given: {}, says: 'No credentials for Alibaba Cloud: set ALIBABA_CLOUD_ROLE_ARN' },
    { reason: 'two are not ranked', given: { ...ROLE, ...KEY }, says: 'unset the variables of all but one' },
    {
      reason: 'a role without its token is not worked around',
      given: { ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::1:role/alb' },
      says: 'set ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE for RRSA',
    },
    {
      reason: 'a token never goes over a network in the clear',
      given: { ...ROLE, ALIBABA_CLOUD_STS_ENDPOINT: 'http://sts.example.com' },
      says: 'ALIBABA_CLOUD_STS_ENDPOINT: The token would go over the network in the clear',
    },
    {
      reason: 'a secret pasted with its name',
      given: { ...KEY, ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret:\nPlantedSecret0' },
      says: 'ALIBABA_CLOUD_ACCESS_KEY_SECRET: holds white space',
    },
  ];
  it.each(refused)('is refused: $reason', ({ given, says }) => {
    const text = problemsOf(readConfig({ ...region, ...given }));
    expect(text).toContain(says);
    expect(text).not.toContain('PlantedSecret0');
  });
});

function problemsOf(reading: ConfigReading): string {
  return reading.ok ? 'accepted' : reading.problems.join('\n');
}
