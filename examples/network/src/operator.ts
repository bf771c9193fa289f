import { change } from "./operator/change.ts";
import type { Command } from "./operator/command.ts";
import { invite } from "./operator/invite.ts";
import { keys } from "./operator/keys.ts";
import { readOptions } from "./options.ts";
import { run, UsageError } from "./program.ts";

const COMMANDS: Readonly<Record<string, Command>> = { keys, invite, change };

const USAGE = `What the operator of a network does; each command has a --help of its own.

  npm run operator -- keys --seeds 4 --faulty 1     makes keys and a config file
  npm run operator -- invite --for PEERID           lets a peer in, whatever else stands against it
  npm run operator -- change --add ADDRESS ID       changes the seeds of a network that runs`;

await run(async () => {
  const [name = "--help", ...words] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command.run(readOptions(command.usage, command.options, words));
  if (!name.startsWith("-"))
    throw new UsageError(`there is no command "${name}"; there are ${Object.keys(COMMANDS).join(", ")}`);
  readOptions(USAGE, {}, [name, ...words]);
  throw new UsageError("a command comes first: keys, invite or change; --help tells more");
});
