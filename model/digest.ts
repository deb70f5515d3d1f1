import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import stringify from 'safe-stable-stringify';

/** SHA-256 of the canonical JSON (keys sorted, no white space) of a report: what an approver approves. */
export const digestOf = (report: object): string =>
  `sha256:${bytesToHex(sha256(utf8ToBytes(stringify(report) ?? '')))}`;
