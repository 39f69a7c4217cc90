import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { SimulatorControl } from '../../src/simulator/control-client.ts';
import { defaultInventory } from '../../src/simulator/default-inventory.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { http, https } from './cloud.ts';
import { codeOf, send } from './running.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'simulator-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

/** The simulator as a process of its own. */
async function launch(...options: string[]) {
  const child = spawn(process.execPath, ['tools/simulator/main.ts', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = z.tuple([z.string()]).parse(await once(createInterface(child.stdout), 'line'));
  const { endpoint, control } = z.object({ endpoint: z.url(), control: z.url() }).parse(JSON.parse(line));
  return {
    endpoint,
    client: new SimulatorControl(control),
    stop: (signal: NodeJS.Signals) => stop(child, signal),
  };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  return child.exitCode;
}

describe('the state file', () => {
  it('loses no effect when the process is killed: listeners, jobs, tokens, faults, settings, log', async () => {
    const stateFile = join(await folder(), 'state.json');
    const first = await launch('--state-file', stateFile);
    await first.client.patchSettings({ provisioningMs: 123_000 });
    await first.client.addFault({ kind: 'cut', operation: 'DeleteListener' });
    const create = { ...http, ClientToken: 'a', Format: 'JSON' };
    const created: unknown = JSON.parse((await send(first.endpoint, 'CreateListener', create)).text);
    const before = await first.client.state();
    await first.stop('SIGKILL');

    const second = await launch('--state-file', stateFile);
    const after = await second.client.state();
    expect(after).toEqual({ ...before, now: after.now });
    expect(after.listeners).toMatchObject([{ ListenerStatus: 'Provisioning' }]);
    expect(await second.client.calls()).toMatchObject([{ action: 'CreateListener' }]);
    const replayed: unknown = JSON.parse((await send(second.endpoint, 'CreateListener', create)).text);
    expect(replayed).toMatchObject(z.object({ ListenerId: z.string(), JobId: z.string() }).parse(created));

    await second.client.advanceTime(123_000);
    await second.stop('SIGKILL');
    const third = await launch('--state-file', stateFile);
    expect((await third.client.state()).listeners).toMatchObject([{ ListenerStatus: 'Running' }]);
  });

  it('is written before the answer of the effect, and only its owner can read it', async () => {
    const path = await folder();
    const stateFile = join(path, 'state.json');
    const first = await launch('--state-file', stateFile);
    await first.client.addFault({ kind: 'hold', operation: 'CreateListener', effect: 'after' });
    send(first.endpoint, 'CreateListener', https).catch(() => 'the simulator is killed below');
    await first.client.heldCall('CreateListener');
    await first.stop('SIGKILL');
    expect(await readdir(path)).toEqual(['state.json']);
    expect((await stat(stateFile)).mode & 0o777).toBe(0o600);
    const second = await launch('--state-file', stateFile);
    expect((await second.client.state()).listeners).toMatchObject([{ ListenerPort: 443 }]);
  });

  it('knows how often a fault rule has fired: one that was used up stays so', async () => {
    const stateFile = join(await folder(), 'state.json');
    const first = await launch('--state-file', stateFile);
    await first.client.addFault({ kind: 'error', code: 'SystemBusy', count: 1 });
    expect(codeOf(await send(first.endpoint, 'ListListeners'))).toBe('SystemBusy');
    await first.stop('SIGKILL');
    const second = await launch('--state-file', stateFile);
    expect(codeOf(await send(second.endpoint, 'ListListeners'))).toBe('Success');
  });

  it('is refused when it is not one', async () => {
    const stateFile = join(await folder(), 'state.json');
    await writeFile(stateFile, '{"version":1}');
    await expect(startSimulator({ stateFile })).rejects.toThrow('seed');
  });

  it('goes on with ids that never came before', async () => {
    const stateFile = join(await folder(), 'state.json');
    const ids = new Set<string>();
    for (let port = 1; port <= 3; port++) {
      const running = await startSimulator({ stateFile, inventory: defaultInventory });
      await new SimulatorControl(running.control).advanceTime(60_000);
      const answer = await send(running.endpoint, 'CreateListener', { ...http, ListenerPort: String(port) });
      expect(codeOf(answer)).toBe('Success');
      for (const id of running.simulator.state.listeners.keys()) ids.add(id);
      await running.close();
    }
    expect(ids.size).toBe(3);
  });
});

describe('npm run simulator', () => {
  it('takes inventory and settings from files and leaves cleanly on SIGTERM', async () => {
    const path = await folder();
    await writeFile(
      join(path, 'inventory.json'),
      JSON.stringify({
        ...defaultInventory,
        loadBalancers: [{ LoadBalancerId: 'alb-mine', VpcId: 'vpc-main' }],
      }),
    );
    await writeFile(join(path, 'settings.json'), '{"provisioningMs":0}');
    const {
      endpoint,
      client,
      stop: end,
    } = await launch('--inventory', join(path, 'inventory.json'), '--settings', join(path, 'settings.json'));
    expect(codeOf(await send(endpoint, 'CreateListener', { ...http, LoadBalancerId: 'alb-mine' }))).toBe(
      'Success',
    );
    expect((await client.state()).listeners).toMatchObject([{ ListenerStatus: 'Running' }]);
    expect(await end('SIGTERM')).toBe(0);
  });
});
