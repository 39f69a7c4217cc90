import { z } from 'zod';
import { SECRET_KEYS, type SecretReading } from '../alb/credentials/secret.ts';
import { InUse } from '../alb/in-use.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ApiTransport } from '../runtime/kubernetes/api-transport.ts';
import { type ReadOutcome, ResourceClient } from '../runtime/kubernetes/resource-client.ts';
import { type KubeObject, objectKey } from '../runtime/object.ts';

/** In characters; a security token has about a thousand. */
const LONGEST_VALUE = 8192;

/** How old a reading may be that many share, milliseconds. */
const RECENT_MS = 5000;

interface Name {
  readonly namespace: string;
  readonly name: string;
}

interface Look {
  readonly leftAt: number;
  readonly reading: Promise<SecretReading>;
}

/**
 * Secrets, each read by its name when a resource refers to it, and no other: a list or a watch would need the right to
 * see them all. Only the values that make credentials are kept. Those who ask within a few seconds share one request.
 */
export class Secrets {
  readonly #client: ResourceClient;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #looks: InUse<{ last?: Look }>;

  constructor(transport: ApiTransport, clock: Pick<Clock, 'monotonic'>) {
    this.#client = new ResourceClient(transport, { group: '', version: 'v1', plural: 'secrets' });
    this.#clock = clock;
    this.#looks = new InUse(clock);
  }

  /** @param age `latest`: from a request that leaves after this. */
  readonly read = (secret: Name, age: 'recent' | 'latest'): Promise<SecretReading> => {
    const at = `${secret.namespace}/${secret.name}`;
    const known = this.#looks.get(at, () => ({}));
    const leftAt = this.#clock.monotonic();
    const { last } = known;
    if (last !== undefined && age === 'recent' && leftAt - last.leftAt < RECENT_MS) return last.reading;
    known.last = { leftAt, reading: this.#ask(secret, at) };
    return known.last.reading;
  };

  async #ask({ namespace, name }: Name, at: string): Promise<SecretReading> {
    // Without a name the path would be that of all Secrets.
    if (name === '') return nothing('credentialsSecretRef names no Secret');
    return readingOf(await this.#client.get(objectKey(namespace, name)), at);
  }
}

function readingOf(answer: ReadOutcome, at: string): SecretReading {
  switch (answer.outcome) {
    case 'found':
      return readingIn(dataOf(answer.object), at);
    case 'notFound':
      return nothing(`There is no Secret ${at}`);
    case 'failed':
      if (answer.error.kind === 'forbidden') {
        return nothing(
          `Secret ${at} may not be read: give the operator the right to get it, with a Role as in deploy/samples/credentials.yaml`,
        );
      }
      return { found: 'unread', problem: `Secret ${at} could not be read: ${answer.error.message}.` };
  }
}

/** What a Secret held last is kept while an object refers to it, so its values must be small. */
function readingIn(data: ReadonlyMap<string, string>, at: string): SecretReading {
  const [tooLong] = [...data].find(([, value]) => value.length > LONGEST_VALUE) ?? [];
  if (tooLong === undefined) return { found: 'secret', data };
  return nothing(
    `The value of ${tooLong} in Secret ${at} is longer than ${LONGEST_VALUE} characters: write the access key or the role there, and nothing else`,
  );
}

function nothing(problem: string): SecretReading {
  return { found: 'nothing', problem };
}

const base64Texts = z.record(z.string(), z.string()).catch({});

function dataOf(object: KubeObject): ReadonlyMap<string, string> {
  const data = new Map(Object.entries(base64Texts.parse(object['data'])));
  return new Map(
    SECRET_KEYS.flatMap((key) => {
      const value = data.get(key);
      return value === undefined ? [] : [[key, Buffer.from(value, 'base64').toString('utf8')] as const];
    }),
  );
}
