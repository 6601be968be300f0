/**
 * Colours of all figures. The two data colours differ in lightness (dark blue, light orange) and always come with
 * different shapes, so that greyscale print and colour-blind readers lose nothing.
 * A page may restyle a figure by these exact values, for example in the dark.
 */
export const palette: {
  readonly ink: string;
  readonly muted: string;
  readonly rule: string;
  readonly grid: string;
  readonly paper: string;
  readonly first: string;
  readonly second: string;
  readonly faint: string;
} = {
  /** Titles and labels. */
  ink: "#1b1f24",
  /** Subtitles, axis numbers, notes. */
  muted: "#57606a",
  /** Zero lines, cutoffs. */
  rule: "#7d8590",
  /** Grid lines. */
  grid: "#e3e6ea",
  /** Background, and the inside of hollow points. */
  paper: "#ffffff",
  /** Main estimates; the right-hand side of a cutoff. */
  first: "#0f4c8a",
  /** The other side: before the start, below the cutoff. */
  second: "#e08214",
  /** Wide intervals behind the main ones. */
  faint: "#9db8d6",
};

/** Fonts of one width on every machine (Arial and its metric equals), so that the widths counted on hold. */
export const fontFamily = "Arial, 'Liberation Sans', Arimo, Helvetica, Roboto, sans-serif";
