import type { PeerId } from "@p2p/identity";
import type { Connection } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import type { Membership, Standing } from "../src/index.ts";
import { type Citizen, forgeryOf, frameBy, slip, Town } from "./town.ts";

/** A membership that a test fills in. */
class Book implements Membership {
  readonly entries = new Map<string, Standing>();
  readonly asked: { readonly origin: PeerId; readonly incarnation: number; readonly from: PeerId }[] = [];

  write(origin: PeerId, incarnation: number, standing: Standing): void {
    this.entries.set(`${origin} ${incarnation}`, standing);
  }

  standing(origin: PeerId, incarnation: number): Standing {
    return this.entries.get(`${origin} ${incarnation}`) ?? "unknown";
  }

  ask(origin: PeerId, incarnation: number, from: Connection): void {
    this.asked.push({ origin, incarnation, from: from.id });
  }
}

/** 0 and 2 are linked to 1, 1 to 3; 1 and 3 keep a book of members. */
function scene(): {
  town: Town;
  book: Book;
  speaker: Citizen;
  keeper: Citizen;
  other: Citizen;
  behind: Citizen;
} {
  const town = new Town();
  const book = new Book();
  const behindBook = new Book();
  for (const membership of [undefined, book, undefined, behindBook])
    town.add(membership ? { membership } : {});
  town.link([
    [0, 1],
    [2, 1],
    [1, 3],
  ]);
  behindBook.standing = () => "member";
  return { town, book, speaker: town.at(0), keeper: town.at(1), other: town.at(2), behind: town.at(3) };
}

describe("with a membership", () => {
  test("members speak", () => {
    const { town, book, speaker, keeper, behind } = scene();
    book.write(speaker.id, 1, "member");
    slip(speaker, keeper, frameBy(speaker));
    town.world.run(1000);
    expect(behind.texts).toEqual(["hello"]);
    expect(book.asked).toEqual([]);
  });

  test("messages of the unknown wait, their bringers are asked, and news lets them in", () => {
    const { town, book, speaker, keeper, other, behind } = scene();
    slip(speaker, keeper, frameBy(speaker), frameBy(speaker, { sequence: 2, texts: ["again"] }));
    slip(other, keeper, frameBy(speaker), frameBy(speaker));
    town.world.run(1000);
    expect(keeper.texts).toEqual([]);
    expect(keeper.news.parked.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(book.asked.filter(({ from }) => from === speaker.id)).toHaveLength(2);
    expect(book.asked.filter(({ from }) => from === other.id)).toHaveLength(1);
    keeper.gossip.reconsider(speaker.id);
    expect(keeper.texts).toEqual([]);
    book.write(speaker.id, 1, "member");
    keeper.gossip.reconsider(speaker.id);
    expect(keeper.texts).toEqual(["hello", "again"]);
    town.world.run(1000);
    expect(behind.texts).toEqual(["hello", "again"]);
    expect(keeper.lobby.links.size).toBe(3);
  });

  test("after five seconds they are given up, and may come again", () => {
    const { town, book, speaker, keeper } = scene();
    slip(speaker, keeper, frameBy(speaker));
    town.world.run(6000);
    expect(keeper.news.rejected).toMatchObject([{ why: "unknown", origin: speaker.id }]);
    book.write(speaker.id, 1, "member");
    keeper.gossip.reconsider(speaker.id);
    expect(keeper.texts).toEqual([]);
    slip(speaker, keeper, frameBy(speaker));
    town.world.run(1000);
    expect(keeper.texts).toEqual(["hello"]);
  });

  test("an unknown origin is no proof of guilt, a bad signature in its name is", () => {
    const { town, speaker, keeper, other } = scene();
    slip(speaker, keeper, frameBy(speaker));
    slip(other, keeper, forgeryOf(speaker, { sequence: 2 }));
    town.world.run(1000);
    expect(keeper.lobby.links.has(speaker.id)).toBe(true);
    expect(keeper.lobby.links.has(other.id)).toBe(false);
    expect(keeper.news.parked).toHaveLength(1);
  });

  test("one neighbour fills a quarter of the 64 places, four fill all, and a fifth has to wait", () => {
    const town = new Town();
    const book = new Book();
    const keeper = town.add({ membership: book });
    const strangers = Array.from({ length: 5 }, () => town.add());
    town.link([1, 2, 3, 4, 5].map((number) => [number, 0] as const));
    for (const stranger of strangers) {
      const frames = Array.from({ length: 20 }, (_, number) => frameBy(stranger, { sequence: number + 1 }));
      slip(stranger, keeper, ...frames);
      town.world.run(100);
    }
    const parkedOf = ({ id }: Citizen): number => keeper.news.parked.filter(({ from }) => from === id).length;
    expect(strangers.map(parkedOf)).toEqual([16, 16, 16, 16, 0]);
    expect(keeper.news.rejected).toHaveLength(36);
    expect(keeper.news.rejected.every(({ why }) => why === "crowded")).toBe(true);
    for (const { id } of strangers) {
      book.write(id, 1, "member");
      keeper.gossip.reconsider(id);
    }
    expect(keeper.texts).toHaveLength(64);
  });

  test("a stranger's certificate for another incarnation lets nothing in", () => {
    const { town, book, speaker, keeper } = scene();
    slip(speaker, keeper, frameBy(speaker, { incarnation: 7 }));
    book.write(speaker.id, 6, "member");
    town.world.run(1000);
    keeper.gossip.reconsider(speaker.id);
    expect(keeper.texts).toEqual([]);
  });

  test("a former member whose run was heard is heard for ten more minutes; one that was not, never", () => {
    const { town, book, speaker, keeper, other } = scene();
    book.write(speaker.id, 1, "member");
    book.write(other.id, 1, "former");
    slip(speaker, keeper, frameBy(speaker));
    slip(other, keeper, frameBy(other));
    town.world.run(1000);
    expect(keeper.texts).toEqual(["hello"]);
    expect(keeper.news.rejected).toMatchObject([{ why: "former", origin: other.id }]);
    book.write(speaker.id, 1, "former");
    slip(speaker, keeper, frameBy(speaker, { sequence: 2, texts: ["on its way"] }));
    town.world.run(10 * 60_000 + 1000);
    slip(speaker, keeper, frameBy(speaker, { sequence: 3, texts: ["too late"] }));
    town.world.run(1000);
    expect(keeper.texts).toEqual(["hello", "on its way"]);
    expect(keeper.news.late).toMatchObject([{ sequence: 3 }]);
  });

  test("what waits may turn out to be of a former member", () => {
    const { town, book, speaker, keeper } = scene();
    slip(speaker, keeper, frameBy(speaker));
    town.world.run(1000);
    book.write(speaker.id, 1, "former");
    keeper.gossip.reconsider(speaker.id);
    expect(keeper.news.rejected).toMatchObject([{ why: "former" }]);
    expect(keeper.texts).toEqual([]);
  });
});
