/** Keys a sloppy reading of their text would not find again; tables without a key are told apart by whole rows. */
export const KEY_TYPES: Readonly<Record<string, readonly string[]>> = {
  int8: ['-9223372036854775808', '1'],
  text: [`''`, `'a "b" \\ c'`, `E'line\nbreak'`, `'é'`],
  'varchar(5)': [`'a'`],
  'char(5)': [`'a'`],
  uuid: [`'00000000-0000-0000-0000-000000000001'`],
  bytea: [`'\\x00ff'`],
  bool: ['true'],
  numeric: ['1.50', `'NaN'`],
  float8: ['0.1', `'-0'`, `'Infinity'`],
  timestamptz: [`'2026-03-29 01:30:00.123456+00'`, `'infinity'`],
  timestamp: [`'2026-03-29 01:30:00'`],
  interval: [`'1 mon -1 day 00:00:01'`],
  money: [`'1234.56'`],
  jsonb: [`'{"a": 1.0}'`],
  'int4[]': [`'{1,NULL,3}'`, `'[0:1]={1,2}'`],
  'mood[]': [`'{ok,"very sad"}'`],
  int4range: [`'[1,5)'`],
  mood: [`'very sad'`],
  word: [`'w'`],
  inet: [`'10.0.0.1/8'`],
};

/** Makes a table with a primary key and one without for every type, one row a value; without a key there is a row of NULL too. */
export function typedTables(): string {
  const tables = Object.entries(KEY_TYPES).flatMap(([type, values], at) => {
    const rows = values.map((value) => `(${value}, 0)`).join(', ');
    const [keyed, bare] = [`keyed_${at}`, `bare_${at}`];
    return [
      `CREATE TABLE ${keyed} (k ${type} PRIMARY KEY, n int); INSERT INTO ${keyed} VALUES ${rows}`,
      `CREATE TABLE ${bare} (k ${type}, n int); ALTER TABLE ${bare} REPLICA IDENTITY FULL; INSERT INTO ${bare} VALUES ${rows}, (NULL, 0)`,
    ];
  });
  return [
    `CREATE TYPE mood AS ENUM ('ok', 'very sad'); CREATE DOMAIN word AS text CHECK (VALUE <> '')`,
    ...tables,
  ].join(';');
}

/** Names of the tables, two a type. */
export const TYPED = Object.keys(KEY_TYPES).flatMap((_type, at) => [`keyed_${at}`, `bare_${at}`]);
