// Talking to the server until it has answered, however long the network is away.

const FIRST_PAUSE = 500; // milliseconds
const LONGEST_PAUSE = 10_000;
const PATIENCE = 20_000; // for one attempt

// Resolves to { status, state } once the server has answered in its own words. `waiting` is called at every
// failed attempt: no network, a server that is restarting, a proxy that answers with a page of its own.
export async function exchange(address, options, waiting) {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      const response = await fetch(address, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (response.status === 404) return { status: 404, state: {} };
      if (response.status < 500) return { status: response.status, state: await response.json() };
    } catch {
      // no answer, or not one of ours
    }
    waiting();
    await pauseOrNetwork(pause * (0.75 + Math.random() / 2));
  }
}

export function post(address, answer, waiting) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return exchange(address, { method: "POST", headers, body: JSON.stringify(answer) }, waiting);
}

export function ask(address, waiting) {
  return exchange(address, { headers: { Accept: "application/json" } }, waiting);
}

export function pauseOrNetwork(milliseconds) {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      removeEventListener("online", finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    addEventListener("online", finish);
  });
}
