import type { Edge, PeerId } from "@p2p/identity";
import type { Cancel, Connection, Lobby } from "@p2p/wire";
import type { Candidate } from "./candidates.ts";
import { DEGREE, DEGREE_ASK, DEGREE_EDGES_MAX } from "./frames.ts";

/** Told once what a candidate showed, or `undefined` when it did not answer. Nothing in it has been checked. */
export type Shown = (edges: readonly Edge[] | undefined) => void;

interface Question {
  readonly cancelDial: Cancel;
  readonly shown: Shown;
  connection: Connection | undefined;
}

/** Asks others for their edges, and shows this node's own; over probe links, so that no neighbour's place is taken. */
export class DegreeDesk {
  readonly #lobby: Lobby;
  readonly #questions = new Map<PeerId, Question>();

  /** @param edges this node's current ones, asked at each question. */
  constructor(lobby: Lobby, edges: () => Iterable<Edge>) {
    this.#lobby = lobby;
    lobby.probes.route(DEGREE_ASK, (_, from) => {
      if (!from.isBehind) from.send(DEGREE.encode({ edges: [...edges()].slice(0, DEGREE_EDGES_MAX) }));
    });
    lobby.probes.route(DEGREE, ({ edges: shown }, from) => this.#heard(from, shown));
    lobby.probes.on("left", (connection) => this.#heard(connection, undefined));
  }

  /** Asks a candidate, within `timeoutMs`; one question to one at a time, each until it is answered or abandoned. */
  ask({ id, address }: Candidate, timeoutMs: number, shown: Shown): void {
    const cancelDial = this.#lobby.dial(address, {
      purpose: "probe",
      expect: id,
      timeoutMs,
      done: (outcome) => {
        if ("connection" in outcome) this.#put(outcome.connection);
        else this.#close(id, undefined);
      },
    });
    this.#questions.set(id, { cancelDial, shown, connection: undefined });
  }

  /** Gives up every open question; nobody is told. */
  abandon(): void {
    const questions = [...this.#questions.values()];
    this.#questions.clear();
    for (const { cancelDial, connection } of questions) {
      if (connection === undefined) cancelDial();
      else connection.close();
    }
  }

  #put(connection: Connection): void {
    const question = this.#questions.get(connection.id);
    if (question === undefined) return connection.close();
    question.connection = connection;
    connection.send(DEGREE_ASK.encode({}));
  }

  #heard(from: Connection, edges: readonly Edge[] | undefined): void {
    if (this.#questions.get(from.id)?.connection === from) this.#close(from.id, edges);
  }

  #close(id: PeerId, edges: readonly Edge[] | undefined): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    this.#questions.delete(id);
    question.connection?.close();
    question.shown(edges);
  }
}
