#!/usr/bin/env node
// Plain JavaScript, so that node can start it.
import { load } from './launch/load.mjs';

await load('client/main.ts');
