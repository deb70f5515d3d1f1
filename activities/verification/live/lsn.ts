/** A place in a server's log, as PostgreSQL writes it: two hexadecimal halves, `16/B374D848`. */
export function parseLsn(text: string): bigint {
  const found = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (found === null)
    throw new Error(`found LSN ${JSON.stringify(text)}; wanted two hexadecimal halves like 16/B374D848`);
  return (BigInt(`0x${found[1]}`) << 32n) | BigInt(`0x${found[2]}`);
}

export const formatLsn = (lsn: bigint): string =>
  `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
