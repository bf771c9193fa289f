import { type ConformanceCase, expect, expectSame } from "./case.ts";
import { type Scene, story, type TransportKit } from "./scene.ts";
import { expectNumbered, sendNumbered } from "./test-frames.ts";
import type { Witness } from "./witness.ts";

export const dialCases: readonly ConformanceCase<TransportKit>[] = [
  story("linkOpened comes first and once, at both ends, and says who dialled", (scene) => {
    scene.pair((near, far) => {
      expect(near.link.dialled && !far.link.dialled, "dialled is wrong");
      expect(near.witness.opened[0] === near.link, "dial gave back another link than it reported");
      scene.call(() => near.link.send(Uint8Array.of(1)));
      scene.call(() => far.link.send(Uint8Array.of(2)));
      const isHeard = (): boolean => near.witness.frames.length + far.witness.frames.length === 2;
      scene.until("a frame each way", isHeard, () => {
        const order = [near, far].map(({ witness }) => witness.told.map(({ what }) => what).join(" "));
        expectSame(order, ["opened frame", "opened frame"], "what was reported");
        scene.end();
      });
    });
  }),

  story("a link that was dialled has the address that was dialled", (scene) => {
    scene.listening(({ at }) => {
      const witness = scene.witness();
      const link = scene.dial(at, witness);
      expectSame(link.address, at, "the address");
      scene.until(
        "the link",
        () => witness.opened.length === 1,
        () => scene.end(),
      );
    });
  }),

  story("a dial to an address where nobody listens is refused, once", (scene) => {
    const witness = scene.witness();
    scene.dial(scene.kit.deadAddress, witness);
    scene.untilClosed(witness, (reason) => {
      expectSame(reason, { kind: "refused" }, "the reason");
      scene.later(() => endIfToldOnce(scene, witness));
    });
  }),

  {
    ...story("a dial that nothing answers ends as unreachable, once", (scene) => {
      const witness = scene.witness();
      scene.dial(scene.kit.unreachableAddress as typeof scene.kit.deadAddress, witness);
      scene.untilClosed(witness, (reason) => {
        expectSame(reason.kind, "unreachable", "the kind");
        scene.later(() => endIfToldOnce(scene, witness));
      });
    }),
    needs: "unreachable",
  },

  story("a dial to a listener that has stopped is refused", (scene) => {
    scene.listening(({ at, transport }) => {
      scene.close(transport, () => {
        const witness = scene.witness();
        scene.dial(at, witness);
        scene.untilClosed(witness, ({ kind }) => {
          expectSame(kind, "refused", "the kind");
          scene.end();
        });
      });
    });
  }),

  story("a link closed while it is being dialled reports that reason alone, once", (scene) => {
    scene.listening(({ at }) => {
      const witness = scene.witness();
      const link = scene.dial(at, witness);
      scene.call(() => link.close({ kind: "closed", detail: "changed my mind" }));
      scene.call(() => link.close({ kind: "replaced" }));
      scene.untilClosed(witness, (reason) => {
        expectSame(reason, { kind: "closed", detail: "changed my mind" }, "the reason");
        scene.later(() => endIfToldOnce(scene, witness));
      });
    });
  }),

  story("a transport dials before it listens, and without ever listening", (scene) => {
    scene.listening((listener) => {
      const host = scene.kit.host();
      const transport = scene.transport(host);
      const witness = scene.witness();
      scene.dial(listener.at, witness, transport);
      scene.until(
        "the first link",
        () => witness.opened.length === 1,
        () => {
          scene.listen(transport, host.address, scene.witness(), () => scene.end());
        },
      );
    });
  }),

  story("a closed transport dials nobody: the link closes", (scene) => {
    scene.listening(({ at, witness: far }) => {
      const transport = scene.transport();
      const witness = scene.witness();
      scene.close(transport, () => scene.dial(at, witness, transport));
      scene.untilClosed(witness, ({ kind }) => {
        expectSame(kind, "closed", "the kind");
        expect(far.opened.length === 0, "it was dialled all the same");
        scene.end();
      });
    });
  }),

  story("two that dial each other at once have two links", (scene) => {
    scene.listening((left) =>
      scene.listening((right) => {
        const [toRight, toLeft] = [scene.witness(), scene.witness()];
        const links = [
          scene.dial(right.at, toRight, left.transport),
          scene.dial(left.at, toLeft, right.transport),
        ];
        scene.until(
          "both to open",
          () => toRight.opened.length + toLeft.opened.length === 2,
          () => {
            for (const link of links) scene.call(() => sendNumbered(link, 0, 10, 100));
          },
        );
        const isHeard = (): boolean => left.witness.frames.length + right.witness.frames.length === 20;
        scene.until("the frames of both", isHeard, () => {
          for (const { witness } of [left, right]) expectNumbered(witness.frames, 100);
          scene.end();
        });
      }),
    );
  }),
];

function endIfToldOnce(scene: Scene, { told }: Witness): void {
  expectSame(
    told.map(({ what }) => what),
    ["closed"],
    "what was reported",
  );
  scene.end();
}
