import { duration } from '../../duration.ts';
import type { ListenerRow, Snapshot } from '../happening.ts';
import { accessLines } from './access-lines.ts';
import { BLANK, cutLine, type Line, type Span, span } from './line.ts';
import { type Claim, shareRows } from './share-rows.ts';
import { shortMessage } from './short-message.ts';
import { tableLines } from './table.ts';
import type { Stage, View } from './view.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Rows of a table that are worth having it, the header among them. */
const SHORT_TABLE = 4;
const SHORT_EVENTS = 2;
const STAGE = { least: 3, most: 5 } as const;

const INDENT: Span = { text: '  ', tone: 'plain' };

interface Part extends Claim {
  /** At most so many lines. */
  readonly lines: (rows: number) => readonly Line[];
}

/**
 * The screen as it fits the terminal: never more lines than its rows, never one wider than its columns.
 *
 * What a person copies stands at the bottom and goes last when there is little room.
 */
export function screenLines(view: View, { columns, rows }: Size): readonly Line[] {
  const parts = partsOf(view, columns);
  const shares = shareRows(parts, rows);
  const blocks = parts.map((part, index) => {
    const share = shares[index];
    if (share === undefined || share.rows === 0) return [];
    const lines = part.lines(share.rows);
    return share.isApart ? [BLANK, ...lines] : lines;
  });
  const bottom = view.access === undefined ? [] : (blocks.at(-1) ?? []);
  const top = view.access === undefined ? blocks.flat() : blocks.slice(0, -1).flat();
  return [...padded(top, rows - bottom.length), ...bottom]
    .slice(0, rows)
    .map((line) => cutLine(line, columns));
}

function partsOf(view: View, columns: number): readonly Part[] {
  const { access, snapshot, stage } = view;
  const heading: Part = { least: 1, most: 1, rank: 1, lines: () => [headingLine(view)] };
  if (access === undefined) {
    return [
      heading,
      { least: 1, most: Number.POSITIVE_INFINITY, rank: 2, lines: (rows) => stageLines(stage, rows) },
    ];
  }
  const { first, more } = accessLines(access, snapshot, columns);
  return [
    heading,
    { ...STAGE, rank: 4, lines: (rows) => padded(stageLines(stage, rows), rows) },
    ...(snapshot === undefined ? [] : tablesOf(snapshot, columns)),
    {
      least: first.length,
      most: first.length + more.length,
      rank: 2,
      lines: (rows) => [...first, ...more].slice(0, rows),
    },
  ];
}

function headingLine({ elapsedMs, access, claims }: View): Line {
  const version = access === undefined ? '' : `  Kubernetes ${access.kubernetesVersion}`;
  const held = claims === 0 ? '' : `  ✓ checks held: ${claims}`;
  return [
    span('alb-listener-operator demo', 'title'),
    span(`${version}  ${duration(elapsedMs)}`, 'faint'),
    span(held, 'good'),
  ];
}

function stageLines(stage: Stage, rows: number): readonly Line[] {
  switch (stage.kind) {
    case 'preparing': {
      const latest = stage.lines.slice(-(rows - 1)).map((line) => [span(line)]);
      return [[span('Getting ready', 'title')], ...(rows > 1 ? latest : [])];
    }
    case 'walking':
      return [[span(stage.title, 'title')], ...stage.log.slice(-(rows - 1)).map((entry) => [INDENT, entry])];
    case 'handedOver':
      return [
        [span('The walk is over and everything held.', 'good')],
        [span('The three listeners are applied again, and yours to play with.')],
      ];
    case 'failed':
      return [[span('The walk ended early. The cluster and the cloud go on.', 'bad')], [span(stage.problem)]];
  }
}

function tablesOf({ listeners, cloud, events }: Snapshot, columns: number): readonly Part[] {
  const declared = listeners.map((row) => {
    const tone = toneOf(row);
    return [
      span(row.name),
      span(row.port),
      span(row.phase, tone),
      span(row.reason, tone),
      span(shortMessage(row.message)),
    ];
  });
  const real = cloud.map((row) => [span(row.id), span(row.port), span(row.status), span(row.forwardsTo)]);
  const past = events.map((row) => [
    span(`${row.ageSeconds}s`),
    span(row.object),
    span(row.reason, row.isWarning ? 'warning' : 'plain'),
    span(shortMessage(row.message)),
  ]);
  return [
    firstRows(3, tableLines(['ALBLISTENER', 'PORT', 'PHASE', 'REASON', 'MESSAGE'], declared, columns)),
    firstRows(5, tableLines(['IN THE CLOUD', 'PORT', 'STATUS', 'FORWARDS TO'], real, columns)),
    lastRows(6, tableLines(['EVENT', 'OBJECT', 'REASON', 'MESSAGE'], past, columns)),
  ];
}

function toneOf({ ready, phase }: ListenerRow): Span['tone'] {
  if (phase === 'Failed') return 'bad';
  return ready === 'True' ? 'good' : 'warning';
}

/** A table that tells how many rows it has no room for. */
function firstRows(rank: number, table: readonly Line[]): Part {
  return {
    least: SHORT_TABLE,
    most: Math.max(SHORT_TABLE, table.length),
    rank,
    lines: (rows) => {
      if (rows >= table.length) return padded(table, rows);
      const shown = table.slice(0, rows - 1);
      return [...shown, [span(`… and ${table.length - shown.length} more`, 'faint')]];
    },
  };
}

/** A table of which the end matters. */
function lastRows(rank: number, table: readonly Line[]): Part {
  const [header = BLANK, ...rest] = table;
  return {
    least: SHORT_EVENTS,
    most: Math.max(SHORT_EVENTS, table.length),
    rank,
    lines: (rows) => [header, ...rest.slice(-(rows - 1))],
  };
}

/** As many lines as there are rows, so that what stands below does not move with every change. */
function padded(lines: readonly Line[], rows: number): readonly Line[] {
  return [...lines, ...Array.from({ length: Math.max(0, rows - lines.length) }, () => BLANK)];
}
