import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parsePlan } from '../model/parse-plan.ts';

const folder = fileURLToPath(new URL('../examples', import.meta.url));
const examples = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));

describe('the examples', () => {
  test('are there', () => {
    expect(examples).toEqual(expect.arrayContaining(['mindmeasure.yaml', 'smallest.yaml']));
  });

  test.each(examples)('%s is a plan without fault', async (name) => {
    expect(parsePlan(await readFile(join(folder, name), 'utf8'))).toHaveProperty('plan');
  });

  test.each(examples)('%s names the schema its editor checks it with', async (name) => {
    const [line = ''] = (await readFile(join(folder, name), 'utf8')).split('\n');
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(line) ?? [];
    const { properties } = JSON.parse(await readFile(join(folder, schema), 'utf8')) as { properties: object };
    expect(Object.keys(properties)).toContain('cutover');
  });
});

describe('the mission’s own migration', () => {
  const text = readFile(join(folder, 'mindmeasure.yaml'), 'utf8');

  test('asks for what the team asked for', async () => {
    const parsed = parsePlan(await text);
    expect(parsed).toMatchObject({
      plan: {
        source: { region: 'eu-west-2', instance: 'mindmeasure-db', database: 'mindmeasure' },
        target: {
          cluster: 'mindmeasure-aurora',
          instance: 'mindmeasure-aurora-instance',
          instanceClass: 'db.serverless',
          minAcu: 0.5,
          maxAcu: 16,
          subnetGroup: 'mindmeasure-subnet-group',
          securityGroups: ['sg-0123456789abcdef0'],
          backupRetentionDays: 35,
          backupWindow: '03:00-04:00',
          maintenanceWindow: 'sun:04:00-sun:05:00',
          logExports: ['postgresql'],
          monitoring: { intervalSeconds: 60, insightsRetentionDays: 7 },
          publiclyAccessible: false,
        },
        soak: { duration: 86_400_000 },
        cleanup: { source: 'delete', finalSnapshot: true, keepAutomatedBackups: true },
      },
    });
  });

  test('says at each place where it was wrong what it was', async () => {
    const plan = await text;
    const wrong = [
      '15.4',
      '--serverlessv2-scaling-configuration',
      'rejectUnauthorized: false',
      'mindmeasure_admin has 17 characters',
      '--publicly-accessible',
      'ssl_cert_file',
      'log_statement "all"',
      'VITE_DB_HOST',
      '(Aurora)',
      '--skip-final-snapshot',
      '--no-owner',
    ];
    expect(wrong.filter((words) => !plan.includes(words))).toEqual([]);
    expect(plan.match(/CORRECTED/g)?.length).toBeGreaterThanOrEqual(20);
  });
});
