import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { defaultInventory } from './default-inventory.ts';
import { type InventoryInput, inventorySchema } from './inventory.ts';
import { startSimulator } from './server.ts';
import { type SettingsInput, settingsSchema } from './settings.ts';

const usage = `Usage: npm run simulator -- [options]
  --port N            port of the API (0, the default, takes a free one)
  --control-port N    port of the control endpoint (likewise)
  --state-file FILE   keep the state here; a file that exists is gone on with
  --inventory FILE    JSON: load balancers, server groups, certificates, credentials …
  --settings FILE     JSON: how this cloud behaves
Prints one line of JSON, {"endpoint":…,"control":…}, when it is ready. SIGTERM stops it.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      'control-port': { type: 'string', default: '0' },
      'state-file': { type: 'string' },
      inventory: { type: 'string' },
      settings: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const running = await startSimulator({
    port: Number(values.port),
    controlPort: Number(values['control-port']),
    // Ids of one run must not come back in the next, or a client would take new listeners for its old ones.
    seed: randomUUID(),
    inventory: inventoryFrom(values.inventory),
    settings: settingsFrom(values.settings),
    ...(values['state-file'] !== undefined && { stateFile: values['state-file'] }),
  });
  process.stdout.write(`${JSON.stringify({ endpoint: running.endpoint, control: running.control })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void running.close();
    });
  }
}

function inventoryFrom(file: string | undefined): InventoryInput {
  return file === undefined
    ? defaultInventory
    : inventorySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function settingsFrom(file: string | undefined): SettingsInput {
  return file === undefined ? {} : settingsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

await main();
