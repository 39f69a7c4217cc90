/** Shows the sample on the real terminal until Ctrl-C: what terminal.test.ts runs in tmux. */
import { screenLines } from '../../../tools/demo/view/layout.ts';
import { Terminal } from '../../../tools/demo/view/terminal.ts';
import { STORY, viewAfter } from './sample.ts';

const { promise, resolve } = Promise.withResolvers<void>();
const draw = (): void => terminal.draw(screenLines(viewAfter(STORY.slice(0, -1)), terminal.size));
const terminal = new Terminal(
  { output: process.stdout, input: process.stdin },
  { onInterrupt: resolve, onResize: draw },
);
draw();
await promise;
if (process.argv.includes('--throw')) throw new Error('thrown while the screen is shown');
terminal[Symbol.dispose]();
console.log('one line at the end');
