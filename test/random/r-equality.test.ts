import { expect, it } from "vitest";
import { createStream, nextStream, nextSubstream, seedFromInteger, substream } from "../../src/random/index.ts";

/** Numbers from R 4.2.2, RNGkind("L'Ecuyer-CMRG", "Inversion", "Rejection"). */
it.each([
  [1, [1280795612, 4125696813, 3852956682, 3691408899, 4072619880, 1489374793]],
  [123, [1806547166, 3311292359, 643431772, 1162448557, 3335719306, 4161054083]],
  [0, [3459174471, 1280795612, 4125696813, 3852956682, 3691408899, 4072619880]],
  [-5, [1466166878, 4236158791, 1194430172, 365728301, 1785353994, 4103943427]],
  [2147483647, [3490069682, 583378059, 2250953296, 1867020817, 1162714270, 213414023]],
])("seed %i gives R's .Random.seed", (seed, words) => expect(seedFromInteger(seed)).toEqual(words));

it("one mixed sequence of draws equals R's bit for bit", () => {
  const stream = createStream(2024);
  expect([1, 2, 3, 4].map(() => stream.uniform())).toEqual([
    0.48932641809338123, 0.35522047357770115, 0.7316150584202102, 0.03544481596269685,
  ]);
  const normals = [-0.47718856223888945, -0.23445126211949377, -0.10754473794353628, -1.7784069234466144];
  for (const normal of normals) expect(Math.abs(stream.normal() / normal - 1)).toBeLessThan(4e-16);
  const ranges = [1, 2, 10, 65536, 65537, 1000000, 2147483647];
  expect(ranges.map((n) => stream.integer(n))).toEqual([0, 1, 0, 3694, 34610, 713982, 342687676]);
  expect(stream.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])).toEqual([11, 8, 3, 7, 2, 0, 5, 10, 1, 9, 6, 4]);
  expect([...stream.sampleWithoutReplacement(1000, 6)]).toEqual([933, 813, 679, 675, 801, 921]);
  expect([...stream.fillIntegers(new Int32Array(8), 7)]).toEqual([6, 3, 6, 2, 2, 3, 5, 4]);
  expect(stream.state()).toEqual([1666913937, 2752564382, 2202098998, 2979534149, 799224394, 706010393]);
});

it("a million uniforms stay on R's sequence", () => {
  const uniforms = createStream(99).fillUniform(new Float64Array(1e6));
  expect(uniforms[999999]).toBe(0.6491428609056666);
  expect(uniforms.reduce((sum, u) => sum + u, 0)).toBeCloseTo(499859.57558218273, 5);
});

it("streams and substreams start where R's parallel package starts them", () => {
  const start = seedFromInteger(123);
  expect(nextStream(start)).toEqual([1801422725, 2236991573, 1156894209, 1595475487, 210384600, 2639237639]);
  expect(nextStream(nextStream(nextStream(123)))).toEqual([1788230969, 2947855891, 2142194448, 1111390192, 3832245930, 1540954117]);
  expect(nextSubstream(start)).toEqual([701401935, 3939279309, 1513178397, 1735140456, 2710639322, 3842549384]);
  const thousandth = substream(123, 1000);
  expect(thousandth.state()).toEqual([2189822325, 2334471647, 903578168, 2641878526, 1023801521, 1921826303]);
  expect([1, 2, 3].map(() => thousandth.uniform())).toEqual([0.396882210520911, 0.6101875984852716, 0.5986255843923711]);
  const signed = start.map((word) => word | 0);
  expect(createStream(signed).state()).toEqual(start);
});
