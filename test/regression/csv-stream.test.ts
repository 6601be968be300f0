import { expect, it } from "vitest";
import { type Frame, readCsv, readCsvChunks } from "../../src/data/index.ts";
import { createStream } from "../../src/random/index.ts";
import { collectOls, finishOls, glmFromChunks, mergeOls, ols, poisson } from "../../src/regression/index.ts";

const columns = { town: "category", unit: "category", month: "number", x: "number", z: "number", y: "number", spells: "number" } as const;
type Row = { town: string; unit: string; month: number; x: number; z: number; y: number; spells: number };

const text = (() => {
  const stream = createStream(21);
  const lines = ["town,unit,month,x,z,y,spells"];
  for (let i = 0; i < 6000; i++) {
    const [town, unit, month] = [stream.integer(30), stream.integer(90), stream.integer(12)];
    const [x, z] = [stream.normal() + town / 30, stream.normal()];
    const y = 1 + 0.5 * x - 0.2 * z + unit / 50 + month / 10 + stream.normal();
    const spells = Math.floor(3 * stream.uniform() * Math.exp(0.2 * x + town / 60));
    // some cells are empty, and one town is met in the last part only
    lines.push(`${i > 5800 ? "late" : `m${town}`},${unit},${month},${i % 97 === 0 ? "" : x},${z},${y},${spells}`);
  }
  return `${lines.join("\n")}\n`;
})();

async function* bytes(): AsyncGenerator<Uint8Array> {
  const all = new TextEncoder().encode(text);
  for (let at = 0; at < all.length; at += 9000) yield all.slice(at, at + 9000);
}
const parts = (): AsyncGenerator<Frame<Row>> => readCsvChunks(bytes(), { columns, chunkRows: 500 }) as AsyncGenerator<Frame<Row>>;
const whole = (): Promise<Frame<Row>> => readCsv({ text }, { columns }) as Promise<Frame<Row>>;

type Fit = Pick<ReturnType<typeof finishOls>, "estimates" | "sample">;

function expectSame(streamed: Fit, direct: Fit): void {
  expect(streamed.sample.rows).toBe(6000);
  expect(streamed.sample.used).toBe(direct.sample.used);
  expect(streamed.sample.clusters).toBe(direct.sample.clusters);
  expect(Object.keys(streamed.estimates)).toEqual(Object.keys(direct.estimates));
  for (const [term, { estimate, standardError, degreesOfFreedom }] of Object.entries(direct.estimates)) {
    const own = streamed.estimates[term]!;
    expect(Math.abs(own.estimate / estimate - 1)).toBeLessThan(1e-9);
    expect(Math.abs(own.standardError / standardError - 1)).toBeLessThan(1e-9);
    expect(own.degreesOfFreedom).toBe(degreesOfFreedom);
  }
}

it.each([
  ["plain", {}],
  ["clustered", { cluster: "town" }],
  ["one absorbed effect", { fixedEffects: ["unit"], cluster: "town" }],
  ["two absorbed effects", { fixedEffects: ["unit", "month"], cluster: "unit" }],
] as const)("least squares over the parts of a CSV file equal those of its table: %s", async (_, more) => {
  const options = { outcome: "y", regressors: ["x", "z"], ...more } as const;
  let moments: ReturnType<typeof collectOls> | undefined;
  let count = 0;
  for await (const part of parts()) {
    const own = collectOls(part, options);
    moments = moments === undefined ? own : mergeOls(moments, own);
    count++;
  }
  expect(count).toBeGreaterThan(5);
  expectSame(finishOls(moments!), ols(await whole(), options));
});

it("Poisson over the parts of a CSV file equals that of its table", async () => {
  const options = { outcome: "spells", regressors: ["x", "z"], fixedEffects: ["unit"], cluster: "town" } as const;
  expectSame(await glmFromChunks(parts, { family: "poisson", ...options }), poisson(await whole(), options));
});
