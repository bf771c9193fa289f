import { splitAddress } from "../address.ts";
import { type ConformanceCase, expect, expectSame } from "./case.ts";
import { type Scene, story, type TransportKit } from "./scene.ts";

export const listenCases: readonly ConformanceCase<TransportKit>[] = [
  story("listening at port 0 answers with the port that was taken", (scene) => {
    scene.listening(({ at, host }) => {
      expectSame(splitAddress(at).host, splitAddress(host.address).host, "the host");
      expect(splitAddress(at).port > 0, "the port is still 0");
      scene.end();
    });
  }),

  story("a port that is taken fails the listener, and disturbs nobody", (scene) => {
    scene.listening(({ at, host, witness }) => {
      refused(scene, scene.transport(host), at, "ADDRESS_IN_USE", () => {
        scene.dial(at, scene.witness());
        scene.until(
          "a link to the first listener",
          () => witness.opened.length === 1,
          () => scene.end(),
        );
      });
    });
  }),

  story("a transport listens once: a second call is the caller's bug", (scene) => {
    scene.listening(({ transport, host, witness }) => {
      expectTypeError(() => transport.listen(host.address, witness, () => {}));
      scene.end();
    });
  }),

  story("once a transport is closed, its address is free for the next one", (scene) => {
    scene.listening(({ at, host, transport }) => {
      scene.close(transport, () => {
        scene.listen(scene.transport(host), at, scene.witness(), (again) => {
          expectSame(again, at, "the address of the second listener");
          scene.end();
        });
      });
    });
  }),

  story("a closed transport does not listen", (scene) => {
    const host = scene.kit.host();
    const transport = scene.transport(host);
    scene.close(transport, () => refused(scene, transport, host.address, "STOPPED", () => scene.end()));
  }),

  story("a transport that is closed while it begins to listen says so", (scene) => {
    const host = scene.kit.host();
    const transport = scene.transport(host);
    refused(scene, transport, host.address, "STOPPED", () => scene.end());
    scene.call(() => transport.close());
  }),
];

/** Listens, and goes on when that failed with `code`. */
function refused(
  scene: Scene,
  transport: ReturnType<Scene["transport"]>,
  at: Parameters<typeof transport.listen>[0],
  code: string,
  then: () => void,
): void {
  scene.call(() =>
    transport.listen(at, scene.witness(), (bound) =>
      scene.back("the answer to listen", () => {
        expect(typeof bound !== "string", `it listens at ${String(bound)}`);
        expectSame((bound as { code: string }).code, code, "the code");
        then();
      }),
    ),
  );
}

function expectTypeError(body: () => void): void {
  try {
    body();
  } catch (error) {
    expect(error instanceof TypeError, `not a TypeError: ${String(error)}`);
    return;
  }
  throw new Error("nothing was thrown");
}
