// Answers that the server has not acknowledged, kept in the browser so that a reload does not lose them.
// `store` names the reader; a browser that forbids storage still sends, but cannot survive a reload.

export function keep(store, answer) {
  try {
    localStorage.setItem(`${store}/${answer.presentation}`, JSON.stringify(answer));
  } catch {
    // storage is full or forbidden: the answer lives in the page alone
  }
}

export function forget(store, answer) {
  const mine = unsent(store).find((one) => one.client_key === answer.client_key);
  if (mine) localStorage.removeItem(`${store}/${answer.presentation}`);
}

export function unsent(store) {
  try {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(`${store}/`))
      .map((name) => JSON.parse(localStorage.getItem(name)));
  } catch {
    return [];
  }
}
