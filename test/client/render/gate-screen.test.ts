import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { gateScreen } from '../../../client/render/gate-screen.ts';
import { decommission, gateOf, readiness, sourceReboot } from '../example-gate.ts';
import { look } from './example-progress.ts';

const screen = (report: Parameters<typeof gateOf>[0]): string => gateScreen(gateOf(report), look()).join('\n');
const flat = (report: Parameters<typeof gateOf>[0]): string => screen(report).replaceAll(/\n +/g, ' ');

describe('the gate screen of the cutover', () => {
  it('says from where to where', () => {
    expect(screen(readiness())).toContain('CUTOVER: may the writes of mindmeasure-db move to mindmeasure-aurora?');
    expect(flat(readiness())).toContain('mindmeasure-db, database mindmeasure, PostgreSQL 15.18');
  });

  it('says for how long writes stop, and what clients see meanwhile', () => {
    expect(flat(readiness())).toContain(
      'writes stop for about 2 min 30 s, as long as the rehearsal took; at the most 5 min',
    );
    expect(flat(readiness())).toContain(
      'connections to the source are ended and new ones refused until the target opens',
    );
  });

  it('says what is undone by itself, and what going back costs afterwards', () => {
    expect(flat(readiness())).toContain('or takes longer than 5 min: mindmeasure-db takes writes again');
    expect(flat(readiness())).toContain('loses what the target has taken since it opened');
  });

  it('says when it may begin', () => {
    const window = { days: ['sat' as const, 'sun' as const], from: '22:00', to: '04:00', timezone: 'Europe/London' };
    expect(flat(readiness())).toMatch(/begins +right after the approval/);
    expect(flat(readiness({ window }))).toContain('only sat, sun between 22:00 and 04:00 Europe/London');
  });

  it('shows the findings, and says so if there are none', () => {
    expect(flat(readiness())).toContain('! warning no-pooler: no pooler is in front of the source');
    expect(flat(readiness({ findings: [] }))).toMatch(/findings +none/);
  });

  it('says that nobody would tell the application if there is no switch', () => {
    expect(flat(readiness({ switches: [] }))).toContain('nobody tells the application the new address');
  });

  it('says who may approve, who may not, and that names are claims', () => {
    expect(flat(readiness())).toContain('anna, ben may approve. carol started the run and may not approve it.');
    expect(flat(readiness({ separationOfDuties: false }))).not.toContain('may not approve');
    expect(flat(readiness())).toContain('Names are claims');
  });

  it('shows until when it holds, and the whole digest on one line', () => {
    expect(screen(readiness({ expiresAt: '2026-03-22T20:00:00Z' }))).toContain(
      'until 2026-03-22 20:00 UTC (21:00 Europe/Berlin), in 3 h',
    );
    expect(screen(readiness())).toContain(`\n  ${gateOf(readiness()).digest}`);
  });

  it('says what a pause of followed rows was predicted by, and what going back costs then', () => {
    const text = flat(readiness({ strategy: 'blue-green', predictedPauseMs: 40 }));
    expect(text).toContain('writes stop for about 40 ms, by how fast a change travels from side to side now');
    expect(text).toContain('going back (daybreak rollback, during the soak) loses nothing');
  });
});

describe('the pauses there were', () => {
  const there = { direction: 'source-to-target', closedMs: 41 } as const;
  const back = { direction: 'target-to-source', closedMs: 38 } as const;

  it('are told, there and back, to who decides about another cutover or the decommission', () => {
    expect(flat(readiness({ pauses: [there, back] }))).toContain(
      'writes stood still for 41 ms on the way to the target, 38 ms on the way back',
    );
    expect(flat(decommission({ pauses: [there] }))).toContain('writes stood still for 41 ms on the way to the target');
    expect(flat(readiness())).not.toContain('stood still');
  });
});

describe('the gate screen of the decommission', () => {
  it('says that the way back is lost', () => {
    expect(screen(decommission())).toContain(
      'DECOMMISSION: may the way back from mindmeasure-aurora to mindmeasure-db be',
    );
    expect(flat(decommission())).toContain('after this daybreak rollback is refused');
  });

  it.each([
    ['keep', 'mindmeasure-db stays as it is, closed for writes'],
    ['stop', 'AWS starts a stopped instance again by itself after seven days'],
    ['delete', 'mindmeasure-db is DELETED and nothing brings this instance back'],
  ] as const)('says what %s does to the source', (source, words) => {
    expect(flat(decommission({ source }))).toContain(words);
  });

  it('shouts when nothing of the source is kept', () => {
    expect(flat(decommission({ finalSnapshot: null }))).toContain('NONE: what only the source holds is gone with it');
    expect(flat(decommission({ keepAutomatedBackups: false }))).toContain('automated backups are DELETED');
    expect(flat(decommission())).toContain('mindmeasure-db-daybreak-final-0195f0a2 is made first and awaited');
  });
});

describe('the gate screen of the source’s reboot', () => {
  it('says which parameters change from what to what, and in which group', () => {
    expect(flat(sourceReboot())).toContain('SOURCE REBOOT: may the parameters of mindmeasure-db be changed');
    expect(flat(sourceReboot())).toContain('rds.logical_replication: 0 → 1');
    expect(flat(sourceReboot())).toContain(
      'parameter group mindmeasure-db-daybreak, made for it in place of default.postgres15',
    );
    const own = sourceReboot({ parameterGroup: 'ours', newParameterGroup: null, sharedWith: ['reports-db'] });
    expect(flat(own)).toContain('parameter group ours, which the instance has');
    expect(flat(own)).toContain('reports-db have that group too');
  });

  it('says what clients see, when it begins, and that nothing of it is undone', () => {
    const window = { days: ['sun' as const], from: '02:00', to: '04:00', timezone: 'Europe/London' };
    expect(flat(sourceReboot())).toContain('every connection to the source is ended and new ones are refused');
    expect(flat(sourceReboot({ window }))).toContain('only sun between 02:00 and 04:00 Europe/London, looked at when');
    expect(flat(sourceReboot())).toContain('not at all: the parameters stay');
    expect(flat(sourceReboot({ multiAz: true }))).toContain('a failover would not apply the parameters');
    expect(flat(sourceReboot({ pending: ['DBInstanceClass'] }))).toContain('(DBInstanceClass) may be applied with it');
  });

  it('is followed by screens that name the whole interruption, never the pause alone', () => {
    const rebooted = {
      parameterGroup: 'mindmeasure-db-daybreak',
      changes: [],
      rebootedAt: '2026-03-22T02:10:00.000Z',
      interruptionMs: 41_000,
    };
    expect(flat(readiness({ strategy: 'blue-green', predictedPauseMs: 1_000, sourceReboot: rebooted }))).toContain(
      '42 s of interruption: the reboot of the source, 41 s as measured, and this pause',
    );
    expect(flat(decommission({ interruptionMs: 42_000 }))).toContain('42 s of interruption in all');
    expect(flat(readiness())).not.toContain('interruption');
  });
});

it.each([sourceReboot(), readiness(), decommission()])('all fit 80 columns', (report) => {
  for (const line of gateScreen(gateOf(report), look())) expect(stringWidth(line)).toBeLessThanOrEqual(80);
});
