/** Layers, lowest first: a package may import only from layers below its own. */
const layers = [
  ["identity"],
  ["wire"],
  ["sim", "consensus", "overlay", "gossip"],
  ["liveness", "seed"],
  ["peer"],
  ["testbed"],
];

/** Tests may also use the simulator. The topmost package, where whole networks are tried, may use everything. */
const forbidden = layers.flatMap((names, level) => {
  const above = layers.slice(level).flat();
  return names.flatMap((name) => {
    const others = above.filter((other) => other !== name);
    if (others.length === 0) return [];
    const rule = (kind, folder, packages) => ({
      name: `${kind}-${name}`,
      comment: `@p2p/${name} may not import from its own layer or a higher one`,
      severity: "error",
      from: { path: `^packages/${name}/`, ...folder },
      to: { path: `^packages/(${packages.join("|")})/` },
    });
    const inTests = others.filter((other) => other !== "sim" || level < 2);
    return [
      rule("layer", { pathNot: `^packages/${name}/(test|bench)/` }, others),
      ...(inTests.length > 0
        ? [rule("layer-tests", { path: `^packages/${name}/(test|bench)/` }, inTests)]
        : []),
    ];
  });
});

module.exports = {
  forbidden: [
    ...forbidden,
    {
      name: "sim-is-for-tests",
      comment: "the simulator hosts protocols, protocols do not know it",
      severity: "error",
      from: { path: "^packages/", pathNot: "^packages/(sim/|testbed/|[^/]+/(test|bench)/)" },
      to: { path: "^packages/sim/" },
    },
    {
      name: "nobody-imports-examples",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^examples/" },
    },
    {
      name: "no-cycle",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-deep-import",
      comment: "another package is reached by its name, never by its path",
      severity: "error",
      from: { path: "^(packages|examples)/([^/]+)/" },
      to: { path: "^(packages|examples)/[^/]+/", pathNot: "^$1/$2/", dependencyTypes: ["local"] },
    },
    {
      name: "not-to-unresolvable",
      comment: "a layer rule cannot see an import that leads nowhere",
      severity: "error",
      from: { path: "^(packages|examples)/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|\\.bundle)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@p2p/source", "import", "node", "default"],
    },
  },
};
