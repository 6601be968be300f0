import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { formula, interaction, ols, polynomial, power, predict } from "../../src/regression/index.ts";

const data = frame({
  x: [1, 2.5, 3, 7, 8.25, 9, 11, 2, 4, 6],
  y: [3, 1, 4, 1, 5, 9, 2, 6, 5, 3.5],
  z: [0, 1, 0, 1, 1, 0, 0, 1, 0, 1],
  two: [0, 1, 0, 1, 1, 0, 0, 1, 0, 1],
});

// R: m <- lm(y ~ poly(x, 3) * z); coef(m); sqrt(diag(vcov(m))); predict(m, data.frame(x = c(0, 5, 12), z = c(1, 0, 1)), se.fit = TRUE)
it("orthogonal polynomials, their products, standard errors and predictions equal R's", () => {
  const theirs: readonly (readonly [string, number, number])[] = [
    ["(Intercept)", 5.70657728936757, 1.26576604160287],
    ["poly(x, 3)1", 4.37504970910596, 3.38264292656696],
    ["poly(x, 3)2", -6.85201525472444, 3.66916693236696],
    ["poly(x, 3)3", -4.76663204613256, 3.17096783729889],
    ["z", -2.98761287020534, 4.09745371194084],
    ["poly(x, 3)1:z", -12.6043474339896, 25.59927817539392],
    ["poly(x, 3)2:z", 7.9075863839731, 16.5417614974058],
    ["poly(x, 3)3:z", -7.15783177671977, 21.47433697270346],
  ];
  const terms = polynomial("x", 3);
  const fit = ols(data, { outcome: "y", regressors: [terms, "z", interaction(terms, "z")] });
  expect(Object.keys(fit.estimates)).toEqual(theirs.map(([name]) => name));
  for (const [name, estimate, standardError] of theirs) {
    expect(fit.estimates[name]!.estimate / estimate).toBeCloseTo(1, 9);
    expect(fit.estimates[name]!.standardError / standardError).toBeCloseTo(1, 9);
  }
  const { fitted, standardErrors } = predict(fit, frame({ x: [0, 5, 12], z: [1, 0, 1] }));
  const [values, errors] = [
    [25.86475972259566, 6.92020373514432, -17.06036062110769],
    [30.14011656897494, 2.05607574602529, 62.59998339595607],
  ];
  values!.forEach((value, i) => {
    expect(fitted[i]! / value).toBeCloseTo(1, 9);
    expect(standardErrors![i]! / errors![i]!).toBeCloseTo(1, 9);
  });
  expect(ols(data, formula("y ~ poly(x, 3)*z")).estimates).toEqual(fit.estimates);
});

it("span what the powers span, whatever the column's origin and unit", () => {
  const far = data.with({ x: data.numbers("x").map((value) => 1e6 + 1e-3 * value) });
  const plain = ols(data, { outcome: "y", regressors: ["x", power("x", 2), power("x", 3), power("x", 4)] });
  for (const one of [data, far]) {
    const fit = ols(one, { outcome: "y", regressors: [polynomial("x", 4)] });
    expect(fit.fit.rSquared).toBeCloseTo(plain.fit.rSquared!, 7);
  }
});

it("refuses columns with too few values, and degrees that are none", () => {
  expect(() => ols(data, { outcome: "y", regressors: [polynomial("two", 2)] })).toThrow(
    expect.objectContaining({ code: "TOO_FEW_VALUES" }),
  );
  expect(() => polynomial("x", 0)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
