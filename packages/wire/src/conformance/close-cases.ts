import type { CloseReason } from "../transport.ts";
import { type ConformanceCase, expect, expectSame } from "./case.ts";
import { type End, type Scene, story, type TransportKit } from "./scene.ts";
import { expectNumbered, sendNumbered } from "./test-frames.ts";

export const closeCases: readonly ConformanceCase<TransportKit>[] = [
  story("closing is reported once at each end: closed here, broken there", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => near.link.close());
      untilBothClosed(scene, near, far, (here, there) => {
        expectSame(here, { kind: "closed" }, "the reason at the end that closed");
        expectSame(there.kind, "broken", "the kind at the far end");
        scene.later(() => endIfClosedOnce(scene, near, far));
      });
    });
  }),

  story("the end that accepted may close as well", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => far.link.close());
      untilBothClosed(scene, far, near, (here, there) => {
        expectSame([here.kind, there.kind], ["closed", "broken"], "the kinds");
        scene.end();
      });
    });
  }),

  story("the reason given first is the one reported", (scene) => {
    const reason: CloseReason = { kind: "goodbye", scope: "link", detail: "enough" };
    scene.pair((near) => {
      scene.call(() => near.link.close(reason));
      scene.call(() => near.link.close({ kind: "misbehaved", detail: "too late" }));
      scene.untilClosed(near.witness, (reported) => {
        expectSame(reported, reason, "the reason");
        scene.end();
      });
    });
  }),

  story("two that close at once each report closed", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => near.link.close());
      scene.call(() => far.link.close());
      untilBothClosed(scene, near, far, (here, there) => {
        expectSame([here.kind, there.kind], ["closed", "closed"], "the kinds");
        scene.later(() => endIfClosedOnce(scene, near, far));
      });
    });
  }),

  story("what was taken before close still arrives", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => sendNumbered(near.link, 0, 100, 10_000));
      scene.call(() => near.link.close());
      untilBothClosed(scene, near, far, () => {
        expectSame(far.witness.frames.length, 100, "frames that arrived");
        expectNumbered(far.witness.frames, 10_000);
        scene.end();
      });
    });
  }),

  story("what was taken before close still arrives while the far end is sending", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => sendNumbered(far.link, 0, 100, 10_000));
      scene.call(() => sendNumbered(near.link, 0, 100, 10_000));
      scene.call(() => near.link.close());
      untilBothClosed(scene, near, far, () => {
        expectSame(far.witness.frames.length, 100, "frames that arrived");
        scene.end();
      });
    });
  }),

  story("after close a link takes nothing, delivers nothing, and has nothing queued in the end", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => sendNumbered(far.link, 0, 10, 100));
      scene.call(() => near.link.close());
      expect(!scene.call(() => near.link.send(Uint8Array.of(1))), "a frame was taken after close");
      untilBothClosed(scene, near, far, () => {
        for (const { link } of [near, far]) {
          expect(!scene.call(() => link.send(Uint8Array.of(1))), "a frame was taken after linkClosed");
          expectSame(link.queuedBytes, 0, "queuedBytes");
          scene.call(() => link.close());
          scene.call(() => link.pause());
          scene.call(() => link.resume());
        }
        expectSame(near.witness.frames.length, 0, "frames after close");
        scene.later(() => endIfClosedOnce(scene, near, far));
      });
    });
  }),

  story("a link closed inside linkFrame delivers no further frame", (scene) => {
    scene.pair((near, far) => {
      far.witness.react = ({ what, link }) => {
        if (what === "frame")
          scene.call(() => link.close({ kind: "misbehaved", detail: "the first was bad" }));
      };
      scene.call(() => sendNumbered(near.link, 0, 20, 100));
      untilBothClosed(scene, far, near, (here, there) => {
        expectSame(far.witness.frames.length, 1, "frames that were delivered");
        expectSame([here.kind, there.kind], ["misbehaved", "broken"], "the kinds");
        scene.end();
      });
    });
  }),

  story("a link closed inside linkOpened reports just that", (scene) => {
    scene.listening(({ at }) => {
      const witness = scene.witness();
      witness.react = ({ what, link }) => {
        if (what === "opened") scene.call(() => link.close());
      };
      scene.dial(at, witness);
      scene.untilClosed(witness, () => {
        expectSame(
          witness.told.map(({ what }) => what),
          ["opened", "closed"],
          "what was reported",
        );
        scene.end();
      });
    });
  }),

  story("a paused link can be closed", (scene) => {
    scene.pair((near, far) => {
      scene.call(() => near.link.pause());
      scene.call(() => sendNumbered(far.link, 0, 10, 100));
      scene.later(() => {
        scene.call(() => near.link.close());
        untilBothClosed(scene, near, far, (here) => {
          expectSame(here.kind, "closed", "the kind");
          expectSame(near.witness.frames.length, 0, "frames that a paused link delivered");
          scene.end();
        });
      });
    });
  }),

  story("a transport that closes reports each of its links first", (scene) => {
    scene.listening((middle) => {
      const [outer, inner] = [scene.witness(), scene.witness()];
      scene.listening((other) => {
        for (let count = 0; count < 3; count++) scene.dial(middle.at, outer);
        for (let count = 0; count < 2; count++) scene.dial(other.at, inner, middle.transport);
        scene.until(
          "five links",
          () => middle.witness.opened.length + inner.opened.length === 5,
          () => {
            scene.dial(scene.kit.deadAddress, inner, middle.transport);
            scene.close(middle.transport, () => {
              expectSame([middle.witness.closed.length, inner.closed.length], [3, 3], "links reported");
              const kinds = [...middle.witness.closed, ...inner.closed].map(({ reason }) => reason.kind);
              expectSame(
                kinds,
                Array.from({ length: 6 }, () => "closed"),
                "the kinds",
              );
              scene.untilClosed(outer, () => scene.end(), 3);
            });
          },
        );
      });
    });
  }),

  story("a transport may be closed twice, and answers both", (scene) => {
    scene.pair(({ transport }) => {
      let answers = 0;
      for (let count = 0; count < 2; count++) scene.close(transport, () => answers++);
      scene.until(
        "both answers",
        () => answers === 2,
        () => scene.close(transport, () => scene.end()),
      );
    });
  }),
];

function untilBothClosed(
  scene: Scene,
  here: End,
  there: End,
  then: (here: CloseReason, there: CloseReason) => void,
): void {
  scene.untilClosed(here.witness, (first) =>
    scene.untilClosed(there.witness, (second) => then(first, second)),
  );
}

function endIfClosedOnce(scene: Scene, ...ends: readonly End[]): void {
  expectSame(
    ends.map(({ witness }) => witness.closed.length),
    ends.map(() => 1),
    "linkClosed",
  );
  scene.end();
}
