/** Runs once before all test files: says on which programs the results stand. */
export function setup(): void {
  console.log(`node ${process.version}, ${process.platform}-${process.arch}`);
}
