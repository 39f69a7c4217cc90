import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { defaultInventory } from '../../src/simulator/default-inventory.ts';
import { type InventoryInput, inventorySchema } from '../../src/simulator/inventory.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { type SettingsInput, settingsSchema } from '../../src/simulator/settings.ts';
import { runScript, script, type Verdict } from '../cli/script.ts';
import { wholeNumber } from '../cli/values.ts';

const DESCRIPTION = `Serves a simulated ALB until SIGTERM or Ctrl-C. Prints one line of JSON, {"endpoint":…,"control":…}, when it
is ready.`;

const port = wholeNumber({ max: 65_535 });
const options = script('simulator', DESCRIPTION)
  .option('--port <n>', 'port of the API; 0 takes a free one', port, 0)
  .option('--control-port <n>', 'port of the control endpoint; 0 takes a free one', port, 0)
  .option('--state-file <file>', 'keep the state here; a file that exists is gone on with')
  .option('--inventory <file>', 'JSON: load balancers, server groups, certificates, credentials …')
  .option('--settings <file>', 'JSON: how this cloud behaves')
  .parse()
  .opts();

await runScript(async (): Promise<Verdict> => {
  const { stateFile } = options;
  const running = await startSimulator({
    port: options.port,
    controlPort: options.controlPort,
    // Ids of one run must not come back in the next, or a client would take new listeners for its old ones.
    seed: randomUUID(),
    inventory: inventoryFrom(options.inventory),
    settings: settingsFrom(options.settings),
    ...(stateFile !== undefined && { stateFile }),
  });
  process.stdout.write(`${JSON.stringify({ endpoint: running.endpoint, control: running.control })}\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await running.close();
  return { passed: true, line: 'The simulator is stopped.' };
});

function inventoryFrom(file: string | undefined): InventoryInput {
  return file === undefined
    ? defaultInventory
    : inventorySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function settingsFrom(file: string | undefined): SettingsInput {
  return file === undefined ? {} : settingsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
