// What OpenAI's own client for Node reads from a gateway: client.mjs ADDRESS. Writes one JSON document.
// client.mjs ADDRESS cancel leaves an answer once it has begun.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "none", maxRetries: 0 });
const messages = [{ role: "user", content: "hi" }];

if (process.argv[3] === "cancel") {
  const answer = await client.chat.completions.create({ model: "tiny@0", messages, stream: true });
  for await (const _ of answer) {
    answer.controller.abort();
  }
  process.exit(0);
}

const told = {};

told.models = [];
for await (const model of await client.models.list()) {
  told.models.push(model.id);
}

const completion = await client.completions.create({ model: "tiny@0", prompt: "the sky is", max_tokens: 6, temperature: 0, logprobs: 2 });
told.completion = completion.choices[0].text;
told.usage = completion.usage;
told.likely = completion.choices[0].logprobs.token_logprobs;

const pieces = [];
for await (const piece of await client.completions.create({ model: "tiny@0", prompt: "the sky is", max_tokens: 6, temperature: 0, stream: true })) {
  pieces.push(piece.choices[0].text);
}
told.streamed = pieces.join("");

const chat = await client.chat.completions.create({ model: "tiny@0", messages, max_completion_tokens: 8, temperature: 0, logprobs: true, top_logprobs: 2 });
told.chat = chat.choices[0].message.content;
told.tokens = chat.choices[0].logprobs.content.map(token => token.token).join("");

const stop = told.chat.slice(3, 5);
told.stop = stop;
told.stopped = (await client.chat.completions.create({ model: "tiny@0", messages, max_completion_tokens: 8, temperature: 0, stop: [stop] })).choices[0];

const chunks = [];
let usage = null;
for await (const chunk of await client.chat.completions.create({ model: "tiny@0", messages, max_completion_tokens: 8, temperature: 0, stream: true, stream_options: { include_usage: true } })) {
  chunks.push(chunk.choices[0]?.delta?.content ?? "");
  usage = chunk.usage ?? usage;
}
told.chatStreamed = chunks.join("");
told.chatUsage = usage;

try {
  await client.chat.completions.create({ model: "gpt-4", messages });
} catch (error) {
  told.error = { name: error.constructor.name, status: error.status, code: error.code, param: error.param };
}

console.log(JSON.stringify(told));
