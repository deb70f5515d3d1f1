/** Says what it was given, then waits to be told to end, and answers in its own way. */
const idle = setInterval(() => undefined, 1_000);
process.on('SIGTERM', () => {
  process.stdout.write('told to end\n');
  clearInterval(idle);
  process.exitCode = 42;
});
// Last: whoever reads this may send the signal at once.
process.stdout.write(`given ${process.argv.slice(2).join(' ')} in ${process.cwd()}\n`);
