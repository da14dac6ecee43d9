// Answers that the server has not acknowledged, kept in the browser so that a reload does not lose them.
// `store` names the reader; a browser that forbids storage still sends, but cannot survive a reload.

// Whether the answer is kept.
export function keep(store, answer) {
  try {
    localStorage.setItem(`${store}/${answer.presentation}`, JSON.stringify(answer));
    return true;
  } catch {
    return false; // storage is full or forbidden: the answer lives in the page alone
  }
}

export function forget(store, answer) {
  const name = `${store}/${answer.presentation}`;
  if (stored(name)?.client_key === answer.client_key) localStorage.removeItem(name);
}

export function unsent(store) {
  try {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(`${store}/`))
      .map((name) => [name, stored(name)])
      .filter(([name, answer]) => answer?.client_key && name === `${store}/${answer.presentation}`)
      .map(([, answer]) => answer);
  } catch {
    return [];
  }
}

function stored(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null; // forbidden, or spoilt by somebody
  }
}
