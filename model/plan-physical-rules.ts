import { rule } from './plan-rule.ts';
import { isPhysical, type Strategy } from './strategy.ts';

/** What a copy of the source's files cannot be: a database of another name, or at once a cluster of several instances. */
export const physicalFits = rule<{
  strategy: Strategy;
  source: { database: string };
  target: { database: string; instances: number };
}>(['strategy', 'source.database', 'target.database', 'target.instances'], ({ strategy, source, target }) => {
  if (!isPhysical({ strategy })) return [];
  return [
    ...(target.database === source.database
      ? []
      : [
          {
            path: ['target', 'database'],
            found: target.database,
            wanted: `${source.database}, as on the source: strategy ${strategy} copies its files`,
            remedy: `name ${source.database}, or choose strategy blue-green or dump`,
          },
        ]),
    ...(target.instances === 1
      ? []
      : [
          {
            path: ['target', 'instances'],
            found: `${target.instances}`,
            wanted: `1 with strategy ${strategy}: clients wait for every instance, and a replica may have one only`,
            remedy: 'set 1 and add readers once the target has the writes',
          },
        ]),
  ];
});
