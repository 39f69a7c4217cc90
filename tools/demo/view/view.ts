import type { Access, Happening, Snapshot } from '../happening.ts';
import { type Span, span } from './line.ts';
import { shortMessage } from './short-message.ts';

/** All that the screen shows. */
export interface View {
  readonly elapsedMs: number;
  readonly access: Access | undefined;
  readonly stage: Stage;
  readonly claims: number;
  readonly snapshot: Snapshot | undefined;
}

export type Stage =
  | { readonly kind: 'preparing'; readonly lines: readonly string[] }
  /** `log` is what the step did so far, one line each. */
  | { readonly kind: 'walking'; readonly title: string; readonly log: readonly Span[] }
  | { readonly kind: 'handedOver' }
  | { readonly kind: 'failed'; readonly problem: string };

export const FIRST_VIEW: View = {
  elapsedMs: 0,
  access: undefined,
  stage: { kind: 'preparing', lines: [] },
  claims: 0,
  snapshot: undefined,
};

export function nextView(view: View, happening: Happening): View {
  switch (happening.kind) {
    case 'preparing': {
      const lines = view.stage.kind === 'preparing' ? view.stage.lines : [];
      return { ...view, stage: { kind: 'preparing', lines: [...lines, ...happening.line.split('\n')] } };
    }
    case 'up':
      return { ...view, access: happening.access };
    case 'step': {
      const title = `Step ${happening.number} of ${happening.of}  ${happening.title}`;
      return { ...view, stage: { kind: 'walking', title, log: [] } };
    }
    case 'command':
      return logged(view, [span(`$ ${happening.command}`, 'strong')]);
    case 'output':
      return logged(
        view,
        happening.text
          .trimEnd()
          .split('\n')
          .map((line) => span(line)),
      );
    case 'message':
      return logged(view, [span(shortMessage(happening.text), 'warning')]);
    case 'held':
      return { ...logged(view, [span(`✓ ${happening.claim}`, 'good')]), claims: view.claims + 1 };
    case 'handedOver':
      return { ...view, stage: { kind: 'handedOver' } };
    case 'failed':
      return { ...view, stage: { kind: 'failed', problem: happening.problem } };
    case 'seen':
      return { ...view, snapshot: happening.snapshot };
  }
}

function logged(view: View, lines: readonly Span[]): View {
  if (view.stage.kind !== 'walking') return view;
  return { ...view, stage: { ...view.stage, log: [...view.stage.log, ...lines] } };
}
