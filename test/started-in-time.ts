const TRIES = 3;

/**
 * Starts a test server of the SDK, which gives one 5 seconds to come up: on a loaded machine that is too short, and says nothing about
 * what is tested. Any other failure is thrown at once.
 */
export async function startedInTime<Server>(start: () => Promise<Server>): Promise<Server> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (tries === TRIES || !String(error).includes('did not start within')) throw error;
    }
  }
}
