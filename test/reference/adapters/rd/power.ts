import * as power from "../../../../src/power/index.ts";
import type { Adapter, Arguments, CaseContext } from "../../harness/case.ts";
import { definedOnly, designOptions, rowsOf } from "./shared.ts";

type Pair = readonly [number, number];

const asPair = (value: number | Pair): Pair => (typeof value === "number" ? [value, value] : value);

function inputsOf({ args, table }: CaseContext): power.RdPowerInputs {
  const window = args.optional<number | Pair>("samph");
  if (!args.has("y")) {
    const [nl, kl, nr, kr] = args.get<readonly [number, number, number, number]>("nsamples");
    const [bias, variance] = [args.optional<Pair>("bias"), args.get<Pair>("variance")];
    return {
      rows: [nl, nr],
      within: [kl, kr],
      samplingBandwidth: asPair(window!),
      variance,
      ...(bias === undefined ? {} : { bias }),
      derivative: args.get("deriv", 0),
      order: args.get("p", 1),
    };
  }
  const { level: _level, ...options } = designOptions(args, "3");
  const cutoff = args.optional<number>("cutoff");
  const numbers = definedOnly({
    bandwidth: args.optional<number>("h"),
    biasBandwidth: args.optional<number>("b"),
    rho: args.optional<number>("rho"),
    scale: args.optional<number>("scalepar"),
  });
  const data = rowsOf(table(), args);
  const found = power.rdInputs(
    data,
    { ...options, ...numbers, ...(cutoff === undefined ? {} : { cutoff }) },
    window === undefined ? undefined : asPair(window),
  );
  const nsamples = args.optional<readonly [number, number, number, number]>("nsamples");
  const given = {
    ...(nsamples === undefined ? {} : { rows: [nsamples[0], nsamples[2]] as const, within: [nsamples[1], nsamples[3]] as const }),
    ...definedOnly({ bias: args.optional<Pair>("bias"), variance: args.optional<Pair>("variance") }),
  };
  return { ...found, ...given };
}

function shown(inputs: power.RdPowerInputs, sample: Pair): object {
  return {
    "sampsi.r": sample[1],
    "sampsi.l": sample[0],
    "samph.r": inputs.samplingBandwidth[1],
    "samph.l": inputs.samplingBandwidth[0],
    "N.r": inputs.rows[1],
    "N.l": inputs.rows[0],
    "Nh.l": inputs.within[0],
    "Nh.r": inputs.within[1],
    "bias.r": inputs.bias?.[1],
    "bias.l": inputs.bias?.[0],
    "Vr.rb": inputs.variance[1],
    "Vl.rb": inputs.variance[0],
  };
}

const settings = (args: Arguments): power.RdPowerOptions => {
  args.accept("plot", "graph.range", "init.cond", "level");
  const sample = args.optional<number | Pair>("sampsi");
  return definedOnly({
    effect: args.optional<number>("tau"),
    alpha: args.optional<number>("alpha"),
    sampleSize: sample === undefined ? undefined : asPair(sample),
    power: args.optional<number>("beta"),
    shareRight: args.optional<number>("nratio"),
  });
};

export const rdpower: Adapter = (context) => {
  const inputs = inputsOf(context);
  const options = settings(context.args);
  const all = context.args.get("all", false);
  const result = power.rd(inputs, options);
  return {
    ...shown(inputs, result.sampleSize),
    "power.rbc": result.power,
    "se.rbc": result.standardError,
    tau: result.effect,
    alpha: options.alpha ?? 0.05,
    ...(all ? { "power.conv": result.conventional?.power, "se.conv": result.conventional?.standardError } : {}),
  };
};

export const rdsampsi: Adapter = (context) => {
  const inputs = inputsOf(context);
  const options = settings(context.args);
  const all = context.args.get("all", false);
  const robust = power.rdSampleSize(inputs, options);
  const plain = all ? power.rdSampleSize(inputs, options, "conventional") : undefined;
  return {
    ...shown(inputs, inputs.within),
    "sampsi.h.tot": robust.within,
    "sampsi.h.r": robust.right,
    "sampsi.h.l": robust.left,
    "sampsi.tot": robust.total,
    "var.r": inputs.variance[1],
    "var.l": inputs.variance[0],
    tau: robust.effect,
    beta: options.power ?? 0.8,
    alpha: options.alpha ?? 0.05,
    "init.cond": context.args.get("init.cond", 1000),
    ...(plain === undefined
      ? {}
      : {
          "sampsi.h.tot.cl": plain.within,
          "sampsi.h.r.cl": plain.right,
          "sampsi.h.l.cl": plain.left,
          "sampsi.tot.cl": plain.total,
          "var.r.cl": inputs.conventionalVariance?.[1],
          "var.l.cl": inputs.conventionalVariance?.[0],
        }),
  };
};

export const rdmde: Adapter = (context) => {
  const inputs = inputsOf(context);
  const { effect: _effect, ...options } = settings(context.args);
  const all = context.args.get("all", false);
  return {
    ...shown(inputs, options.sampleSize ?? inputs.within),
    ...(all
      ? { "mde.conv": power.rdMinimumEffect(inputs, options, "conventional"), "se.conv": power.rdScaledError(inputs, "conventional") }
      : {}),
    mde: power.rdMinimumEffect(inputs, options),
    "se.rbc": power.rdScaledError(inputs),
    alpha: options.alpha ?? 0.05,
    beta: options.power ?? 0.8,
  };
};
