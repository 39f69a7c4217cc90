import { Cloud } from '../simulator/cloud.ts';
import { PAGE_CODES, REFUSALS } from '../simulator/create-refusals.ts';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';
import { type Told, toldBy } from './told.ts';

/** Long enough for a refusal that passes by itself, and for the look that follows a refused creation. */
const WATCHED_MS = 30 * 60_000;

export interface ToldCode {
  /** As the page of CreateListener has it. */
  readonly code: string;
  readonly httpStatus: number;
  readonly told: Told;
}

/** What is told for each error code of the CreateListener page, in its order. */
export async function toldCodes(): Promise<readonly ToldCode[]> {
  const rows: ToldCode[] = [];
  for (const answer of PAGE_CODES) rows.push(await toldCode(answer));
  return rows;
}

/** The creation is refused, again and again, in the words in which the simulator refuses it. */
async function toldCode(answer: string): Promise<ToldCode> {
  const { status: httpStatus, code, message } = refusalOf(answer);
  const operator = new OperatorInTime({ loadBalancers: ['alb-one'] });
  operator.cloud.fail({ kind: 'error', operation: 'CreateListener', status: httpStatus, code, message });
  operator.apply('web', httpSpec('alb-one', 80));
  await operator.cloud.clock.advance(WATCHED_MS);
  const object = operator.get('web');
  if (object === undefined) throw new Error(`the object is gone after ${code}`);
  return { code, httpStatus, told: toldBy(object) };
}

function refusalOf(answer: string) {
  const refusal = REFUSALS.find(({ code }) => code === answer);
  if (refusal === undefined) throw new Error(`no request is refused with ${answer}`);
  const cloud = new Cloud();
  const before = refusal.given?.(cloud) ?? {};
  const given = cloud.answer('CreateListener', { ...refusal.request, ...before });
  if (given.ok) throw new Error(`${answer} is no refusal`);
  return given.refusal;
}
