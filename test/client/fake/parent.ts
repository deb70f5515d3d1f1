import { runChildProgram } from '../../../client/child-program.ts';

process.exitCode = await runChildProgram('test/client/fake/child.ts', process.argv.slice(2));
