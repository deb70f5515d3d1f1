#!/usr/bin/env node
// Plain JavaScript, so that node can start it: loads TypeScript with our own settings, whatever folder it is called from.
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) });
await import('./main.ts');
