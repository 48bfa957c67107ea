// A small web app. GET / greets you, GET /greet/NAME greets NAME, and GET /health tells that all is well, and since
// when.
import { createServer, type ServerResponse } from "node:http";
import ms from "ms";
import { greet } from "./greeting.js";

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}

const server = createServer((request, response) => {
  const path = request.url ?? "/";
  const name = /^\/greet\/([\w-]+)$/.exec(path)?.[1];
  if (path === "/") {
    answer(response, 200, { text: "Hello from inside a container!" });
  } else if (path === "/health") {
    answer(response, 200, { status: "ok", up: ms(Math.round(process.uptime() * 1000), { long: true }) });
  } else if (name !== undefined) {
    answer(response, 200, greet(name));
  } else {
    answer(response, 404, { text: "There is nothing here." });
  }
});

server.listen({ host: "0.0.0.0", port: 8080 }, () => console.log("Listening on port 8080"));

// `docker stop` sends SIGTERM; an app that does not listen to it is killed ten seconds later.
process.on("SIGTERM", () => server.close());
