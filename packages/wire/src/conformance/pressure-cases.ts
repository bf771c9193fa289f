import { DEFAULT_LINK_LIMITS } from "../transport.ts";
import { type ConformanceCase, expect, expectSame } from "./case.ts";
import { type End, type Scene, story, type TransportKit } from "./scene.ts";
import { expectNumbered, numbered } from "./test-frames.ts";

const FRAME_BYTES = 64 * 1024;
/** A queue that has taken this much for a paused far end has no limit. */
const TAKEN_BYTES_MAX = 256 * 1024 * 1024;
/** A queue that refuses for this long is full, and not just slow. */
const STUCK_MS = 1000;

export const pressureCases: readonly ConformanceCase<TransportKit>[] = [
  story("a paused link delivers nothing, and everything after resume", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => far.link.pause());
      for (let number = 0; number < 20; number++) scene.call(() => near.link.send(numbered(number, 500)));
      scene.later(() => {
        expectSame(far.witness.frames.length, 0, "frames while paused");
        scene.call(() => far.link.resume());
        untilFrames(scene, far, 20, 500, () => scene.end());
      });
    });
  }),

  story("a link paused inside linkFrame delivers nothing more", (scene) => {
    scene.pair((near, far) => {
      far.witness.react = ({ link }) => {
        if (far.witness.frames.length === 3) scene.call(() => link.pause());
      };
      for (let number = 0; number < 20; number++) scene.call(() => near.link.send(numbered(number, 50)));
      scene.until(
        "the third frame",
        () => far.witness.frames.length === 3,
        () =>
          scene.later(() => {
            expectSame(far.witness.frames.length, 3, "frames while paused");
            scene.call(() => far.link.resume());
            untilFrames(scene, far, 20, 50, () => scene.end());
          }),
      );
    });
  }),

  story("a queue refuses what would exceed its limit, and reports linkDrained once it has room", (scene) => {
    scene.pair((near, far) => {
      const taken = fill(scene, near, 0);
      expect(near.link.queuedBytes <= DEFAULT_LINK_LIMITS.queuedBytesMax, "the queue exceeds its limit");
      expect(
        taken * FRAME_BYTES > DEFAULT_LINK_LIMITS.queuedBytesMax / 2,
        `it refuses after ${taken} frames`,
      );
      scene.until(
        "linkDrained",
        () => near.witness.drainedCount === 1,
        () => {
          expect(
            near.link.queuedBytes <= DEFAULT_LINK_LIMITS.queuedBytesMax / 2,
            "half the queue is still full",
          );
          untilFrames(scene, far, taken, FRAME_BYTES, () => scene.later(() => endIfDrained(scene, near, 1)));
        },
      );
    });
  }),

  story("a queue that never refused reports no linkDrained", (scene) => {
    scene.pair((near, far) => {
      for (let number = 0; number < 40; number++) near.link.send(numbered(number, FRAME_BYTES));
      untilFrames(scene, far, 40, FRAME_BYTES, () => scene.later(() => endIfDrained(scene, near, 0)));
    });
  }),

  {
    ...story("the queue towards a paused link fills up, and empties in order after resume", (scene) => {
      scene.pair((near, far) => {
        scene.call(() => far.link.pause());
        fillUntilStuck(scene, near, (taken) => {
          expectSame(far.witness.frames.length, 0, "frames while paused");
          const drainedBefore = near.witness.drainedCount;
          scene.call(() => far.link.resume());
          scene.until(
            "linkDrained",
            () => near.witness.drainedCount > drainedBefore,
            () => untilFrames(scene, far, taken, FRAME_BYTES, () => scene.end()),
          );
        });
      });
    }),
    needs: "backpressure",
  },

  {
    ...story("a far end that never reads does not keep a link from closing", (scene) => {
      scene.pair(
        (near, far) => {
          scene.call(() => far.link.pause());
          fillUntilStuck(scene, near, () => {
            scene.call(() => near.link.close());
            scene.untilClosed(near.witness, ({ kind }) => {
              expectSame(kind, "closed", "the kind");
              scene.close(near.transport, () => scene.end());
            });
          });
        },
        { flushTimeoutMs: 200 },
      );
    }),
    needs: "backpressure",
  },

  {
    ...story("a link that misbehaved is cut, however much is queued", (scene) => {
      const reason = { kind: "misbehaved", detail: "said so" } as const;
      scene.pair((near, far) => {
        scene.call(() => far.link.pause());
        fillUntilStuck(scene, near, () => {
          scene.call(() => near.link.close(reason));
          scene.untilClosed(near.witness, (reported) => {
            expectSame(reported, reason, "the reason");
            expectSame(near.link.queuedBytes, 0, "queuedBytes");
            scene.end();
          });
        });
      });
    }),
    needs: "backpressure",
  },
];

/** Sends frames from number `from` on until one is refused; answers with the number of that one. */
function fill(scene: Scene, { link }: End, from: number): number {
  let number = from;
  while (scene.call(() => link.send(numbered(number, FRAME_BYTES)))) {
    number++;
    expect(number * FRAME_BYTES < TAKEN_BYTES_MAX, "the queue takes everything");
  }
  return number;
}

/** Fills the queue again each time it drains, until it drains no more; goes on with how many frames were taken. */
function fillUntilStuck(scene: Scene, end: End, then: (taken: number) => void): void {
  let taken = fill(scene, end, 0);
  const look = (drainedBefore: number): void => {
    scene.later(() => {
      if (end.witness.drainedCount === drainedBefore) {
        then(taken);
        return;
      }
      taken = fill(scene, end, taken);
      look(end.witness.drainedCount);
    }, STUCK_MS);
  };
  look(end.witness.drainedCount);
}

function untilFrames(scene: Scene, { witness }: End, count: number, length: number, then: () => void): void {
  scene.until(
    `${count} frames`,
    () => witness.frames.length >= count,
    () => {
      expectSame(witness.frames.length, count, "frames");
      expectNumbered(witness.frames, length);
      then();
    },
  );
}

function endIfDrained(scene: Scene, { witness }: End, count: number): void {
  expectSame(witness.drainedCount, count, "linkDrained");
  scene.end();
}
