import { DEFAULT_LINK_LIMITS, type Link } from "../transport.ts";
import { type ConformanceCase, expect, expectSame } from "./case.ts";
import { type End, type Scene, story, type TransportKit } from "./scene.ts";
import { expectNumbered, numbered, sendNumbered } from "./test-frames.ts";

export const frameCases: readonly ConformanceCase<TransportKit>[] = [
  story("frames arrive whole and in order, both ways", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => sendNumbered(near.link, 0, 100, 1000));
      scene.call(() => sendNumbered(far.link, 0, 100, 77));
      untilFrames(scene, far, 100, () =>
        untilFrames(scene, near, 100, () => {
          expectNumbered(far.witness.frames, 1000);
          expectNumbered(near.witness.frames, 77);
          scene.end();
        }),
      );
    });
  }),

  story("a frame sent as soon as a link opens arrives, from either end", (scene) => {
    scene.listening(({ at, witness: far }) => {
      const near = scene.witness();
      for (const [number, witness] of [near, far].entries()) {
        witness.react = ({ what, link }) => {
          if (what === "opened") scene.call(() => sendNumbered(link, number, number + 1, 50));
        };
      }
      scene.dial(at, near);
      scene.until(
        "both frames",
        () => near.frames.length === 1 && far.frames.length === 1,
        () => {
          expectNumbered(far.frames, 50, 0);
          expectNumbered(near.frames, 50, 1);
          scene.end();
        },
      );
    });
  }),

  story("a frame of one byte and one of the greatest length go through", (scene) => {
    scene.pair((near, far) => {
      const longest = numbered(1, DEFAULT_LINK_LIMITS.frameBytesMax);
      for (const frame of [Uint8Array.of(7), longest])
        expect(
          scene.call(() => near.link.send(frame)),
          "refused",
        );
      untilFrames(scene, far, 2, () => {
        expectSame([...(far.witness.frames[0] as Uint8Array)], [7], "the short one");
        expectNumbered(far.witness.frames.slice(1), longest.length, 1);
        scene.end();
      });
    });
  }),

  story("10 000 small frames go through", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => sendNumbered(near.link, 0, 10_000, 20));
      untilFrames(scene, far, 10_000, () => {
        expectNumbered(far.witness.frames, 20);
        scene.end();
      });
    });
  }),

  story("an empty frame and one that is too long throw RangeError, and harm nothing", (scene) => {
    scene.pair((near, far) => {
      expectRangeError(() => near.link.send(new Uint8Array(0)));
      expectRangeError(() => near.link.send(new Uint8Array(DEFAULT_LINK_LIMITS.frameBytesMax + 1)));
      scene.call(() => sendNumbered(near.link, 0, 1, 10));
      untilFrames(scene, far, 1, () => {
        expectNumbered(far.witness.frames, 10);
        scene.end();
      });
    });
  }),

  story("send takes nothing before a link is open", (scene) => {
    scene.listening(({ at, witness: far }) => {
      const near = scene.witness();
      const link = scene.dial(at, near);
      expect(!scene.call(() => link.send(Uint8Array.of(1))), "the frame was taken");
      expectSame(link.queuedBytes, 0, "queuedBytes");
      scene.until(
        "the link",
        () => near.opened.length + far.opened.length === 2,
        () => {
          scene.later(() => {
            expectSame(far.frames.length, 0, "frames that arrived");
            scene.end();
          });
        },
      );
    });
  }),

  story("what is queued is counted, and no longer when it has left", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => sendNumbered(near.link, 0, 3, 1000));
      untilFrames(scene, far, 3, () =>
        scene.later(() => {
          expectSame(near.link.queuedBytes, 0, "queuedBytes");
          scene.end();
        }),
      );
    });
  }),

  story("a frame that arrived is never written to again", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => sendNumbered(near.link, 0, 200, 3000));
      untilFrames(scene, far, 200, () => {
        scene.call(() => sendNumbered(near.link, 200, 400, 3000));
        untilFrames(scene, far, 400, () => {
          expectNumbered(far.witness.frames, 3000);
          scene.end();
        });
      });
    });
  }),

  story("a link handed over in the middle of a stream loses and doubles nothing", (scene) => {
    scene.pair((near, far) => {
      const heir = scene.witness();
      far.witness.react = ({ link }) => {
        if (far.witness.frames.length === 5) link.owner = heir;
      };
      scene.call(() => sendNumbered(near.link, 0, 50, 400));
      scene.until(
        "the other frames",
        () => heir.frames.length === 45,
        () => {
          expectNumbered(far.witness.frames, 400);
          expectNumbered(heir.frames, 400, 5);
          scene.call(() => near.link.close());
          scene.untilClosed(heir, () => {
            expectSame(far.witness.closed.length, 0, "ends that the first owner was told");
            scene.end();
          });
        },
      );
    });
  }),

  story("a frame that is answered at once is answered on the same link", (scene) => {
    scene.pair((near, far) => {
      far.witness.react = (told) => {
        if (told.what === "frame") scene.call(() => told.link.send(told.frame));
      };
      scene.call(() => sendNumbered(near.link, 0, 20, 60));
      untilFrames(scene, near, 20, () => {
        expectNumbered(near.witness.frames, 60);
        scene.end();
      });
    });
  }),

  story("two links between the same two do not mix", (scene) => {
    scene.listening(({ at, witness: far }) => {
      const transport = scene.transport();
      const near = scene.witness();
      const links = [scene.dial(at, near, transport), scene.dial(at, near, transport)];
      scene.until(
        "both links",
        () => near.opened.length + far.opened.length === 4,
        () => {
          for (const link of links) scene.call(() => sendNumbered(link, 0, 30, 200));
        },
      );
      scene.until(
        "all frames",
        () => far.frames.length === 60,
        () => {
          for (const link of far.opened) expectNumbered(framesOn(link, far.told), 200);
          scene.end();
        },
      );
    });
  }),
];

function untilFrames(scene: Scene, { witness }: End, count: number, then: () => void): void {
  scene.until(`${count} frames`, () => witness.frames.length >= count, then);
}

function framesOn(link: Link, told: End["witness"]["told"]): Uint8Array[] {
  return told.flatMap((each) => (each.what === "frame" && each.link === link ? [each.frame] : []));
}

function expectRangeError(body: () => void): void {
  try {
    body();
  } catch (error) {
    expect(error instanceof RangeError, `not a RangeError: ${String(error)}`);
    return;
  }
  throw new Error("nothing was thrown");
}
