import { describe, expect, it } from 'vitest';
import type { Happening, Snapshot } from '../../../tools/demo/happening.ts';
import { type Size, screenLines } from '../../../tools/demo/view/layout.ts';
import { plainText } from '../../../tools/demo/view/line.ts';
import { widthOf } from '../../../tools/demo/view/text.ts';
import type { View } from '../../../tools/demo/view/view.ts';
import { ACCESS, FIRST_RUNNING, STORY, viewAfter } from './sample.ts';

const SIZES: readonly Size[] = [
  { columns: 80, rows: 24 },
  { columns: 100, rows: 30 },
  { columns: 120, rows: 40 },
];

function textLines(view: View, size: Size): readonly string[] {
  return screenLines(view, size).map(plainText);
}

const firstRunning = STORY.findIndex((happening) => happening.kind === 'seen');

describe.each(SIZES)('a terminal of $columns columns and $rows rows', (size) => {
  it('shows everything as kept', async () => {
    const view = viewAfter(STORY.slice(0, -1));
    const file = `screens/${size.columns}x${size.rows}.txt`;
    await expect(`${textLines(view, size).join('\n')}\n`).toMatchFileSnapshot(file);
  });

  it('has the KUBECONFIG and the next commands in sight, whole, from the first Running on', () => {
    for (let told = firstRunning + 1; told <= STORY.length; told += 1) {
      const lines = textLines(viewAfter(STORY.slice(0, told)), size);
      expect(lines).toContain(`export KUBECONFIG=${ACCESS.kubeconfigPath}`);
      expect(lines).toContain(`alias kubectl=${ACCESS.kubectl.path}`);
      for (const command of [
        'kubectl get alblisteners --watch',
        'kubectl edit alblistener shop-http',
        'curl -X DELETE http://127.0.0.1:46689/listeners/lsn-2aoegj99s45vxth61o',
      ]) {
        expect(lines.filter((line) => line.startsWith(command))).toHaveLength(1);
      }
    }
  });

  it('shows each listener once, in the cluster and in the cloud', () => {
    const lines = textLines(viewAfter(STORY), size);
    for (const { name, port } of FIRST_RUNNING.listeners) {
      expect(lines.filter((line) => line.startsWith(`${name} `) && line.includes(port))).toHaveLength(1);
    }
    for (const { id } of FIRST_RUNNING.cloud) {
      expect(lines.filter((line) => line.startsWith(id))).toHaveLength(1);
    }
  });
});

const hostileText = [
  'wide 負載平衡器 監聽器 正在建立中,請稍候片刻 負載平衡器',
  'a family 👨‍👩‍👧‍👦 and a flag 🇨🇳 in one row, time and again 👨‍👩‍👧‍👦🇨🇳',
  'lines\nthat\r\nbreak\tand tabs\u2028too',
  '\u001b[31mred\u001b[0m \u001b[2J\u001b[H and a title \u001b]0;x\u0007',
  'e\u0301 combining and \u202Ereversed',
  'long '.repeat(100),
].join(' ');

const HOSTILE: Snapshot = {
  listeners: Array.from({ length: 40 }, (_, index) => ({
    name: `名前空間/${'x'.repeat(index * 5)}`,
    port: `QUIC:${index}`,
    phase: 'Provisioning',
    ready: 'Unknown',
    reason: 'R'.repeat(index),
    message: hostileText,
  })),
  cloud: Array.from({ length: 40 }, (_, index) => ({
    id: `lsn-${index}`,
    port: 'HTTPS:443',
    status: 'Running',
    forwardsTo: hostileText,
  })),
  events: Array.from({ length: 40 }, (_, index) => ({
    ageSeconds: index ** 4,
    object: hostileText,
    isWarning: true,
    reason: 'R',
    message: hostileText,
  })),
};

const HOSTILE_STORY: readonly Happening[] = [
  { kind: 'preparing', line: hostileText },
  { kind: 'up', access: { ...ACCESS, kubeconfigPath: `/tmp/${"it's long/".repeat(20)}kubeconfig` } },
  { kind: 'step', number: 1, of: 7, title: hostileText },
  { kind: 'command', command: hostileText },
  { kind: 'output', text: hostileText },
  { kind: 'seen', snapshot: HOSTILE },
  { kind: 'failed', problem: hostileText },
];

describe('any terminal, with anything to show', () => {
  const sizes = [1, 2, 10, 39, 80, 81, 200].flatMap((columns) =>
    [1, 2, 5, 12, 23, 24, 60].map((rows) => ({ columns, rows })),
  );

  it.each(sizes)(
    '$columns × $rows: nothing is wider, nothing is higher, nothing moves the cursor',
    (size) => {
      for (const story of [STORY, HOSTILE_STORY]) {
        for (let told = 0; told <= story.length; told += 1) {
          const lines = screenLines(viewAfter(story.slice(0, told)), size).map((line) =>
            line.map(({ text }) => text).join(''),
          );
          expect(lines.length).toBeLessThanOrEqual(size.rows);
          expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(size.columns);
          expect(lines.join('')).not.toMatch(/\p{Cc}/u);
        }
      }
    },
  );

  it('says how many rows of a table there is no room for', () => {
    const lines = textLines(viewAfter(HOSTILE_STORY), { columns: 80, rows: 60 });
    const shown = lines.filter((line) => line.startsWith('名前空間/')).length;
    expect(lines).toContain(`… and ${40 - shown} more`);
  });

  it('breaks a command that is too long as a shell joins it', () => {
    const lines = textLines(viewAfter(HOSTILE_STORY), { columns: 60, rows: 40 });
    const start = lines.findIndex((line) => line.startsWith('export KUBECONFIG='));
    const end = lines.findIndex((line) => line.startsWith('alias '));
    expect(lines.slice(start, end).join('\n').replaceAll('\\\n', '')).toBe(
      `export KUBECONFIG='/tmp/${String.raw`it'\''s long/`.repeat(20)}kubeconfig'`,
    );
  });
});

describe('the kubectl', () => {
  it('is named where it is on PATH, and needs no alias then', () => {
    const access = { ...ACCESS, kubectl: { path: '/usr/bin/kubectl', isOnPath: true } };
    const lines = textLines(viewAfter([{ kind: 'up', access }]), { columns: 80, rows: 24 });
    expect(lines).toContain('# kubectl is /usr/bin/kubectl');
    expect(lines.join('\n')).not.toContain('alias');
  });
});
