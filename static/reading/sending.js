// Talking to the server until it has answered, however long the network is away.

const FIRST_PAUSE = 500; // milliseconds
const LONGEST_PAUSE = 10_000;
const PATIENCE = 20_000; // for one attempt

// Resolves to { status, state } once the server has answered in its own words, which `ours` recognises. `waiting` is
// called at every other attempt: with "away" (no network, a server that is restarting) or "foreign" (a page that
// somebody else gives in its place: a proxy's 404, a log-in page).
async function exchange(address, options, ours, waiting) {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    let trouble = "away";
    try {
      const response = await fetch(address, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (response.status < 500) trouble = "foreign";
      const state = await response.json();
      if (ours(response.status, state)) return { status: response.status, state };
    } catch {
      // no answer, or not one of ours
    }
    waiting(trouble);
    await pauseOrReturn(pause * (0.75 + Math.random() / 2));
  }
}

// Nobody but the server can give the answer's own key back.
export function post(address, answer, waiting) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const ours = (status, state) => [200, 400, 409].includes(status) && state?.client_key === answer.client_key;
  return exchange(address, { method: "POST", headers, body: JSON.stringify(answer) }, ours, waiting);
}

export async function ask(address, waiting) {
  const ours = (status, state) => status === 200 && Boolean(state?.case?.presentation || state?.address);
  const { state } = await exchange(address, { headers: { Accept: "application/json" } }, ours, waiting);
  return state;
}

// A pause that ends early when the network or the reader comes back: a lid that is opened, a tab brought to the front.
export function pauseOrReturn(milliseconds) {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      removeEventListener("online", finish);
      document.removeEventListener("visibilitychange", back);
      resolve();
    };
    const back = () => document.hidden || finish(); // a page that is being left is hidden, too
    const timer = setTimeout(finish, milliseconds);
    addEventListener("online", finish);
    document.addEventListener("visibilitychange", back);
  });
}
