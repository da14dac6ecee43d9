// Where nothing is read any more: an answer that this browser could not send is offered once more, and what becomes of
// it is said.

import { post } from "./sending.js";
import { forget, unsent } from "./unsent.js";

const addresses = JSON.parse(document.getElementById("addresses").textContent);
const message = document.getElementById("message");

for (const answer of unsent(addresses.store)) {
  const { state } = await post(addresses.answer, answer, (trouble) => {
    message.textContent = message.dataset[trouble];
  });
  forget(addresses.store, answer);
  message.textContent = state.message;
}
