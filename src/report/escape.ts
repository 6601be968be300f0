const HTML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as HTML content or attribute value; characters that no document may hold are left out. */
export function escapeHtml(text: string): string {
  return withoutControls(text).replace(/[&<>"']/g, (character) => HTML[character]!);
}

const LATEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  "%": "\\%",
  _: "\\_",
  "^": "\\textasciicircum{}",
  "~": "\\textasciitilde{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "\\textquotedbl{}",
  "\u2212": "$-$",
  "\u221e": "$\\infty$",
  "\u00d7": "$\\times$",
  "\u00b2": "\\textsuperscript{2}",
  "\u2026": "\\ldots{}",
};

/** Text for LaTeX with T1 fonts, on one line. A square bracket at the start of a cell cannot be taken for an argument of `\\`. */
export function escapeLatex(text: string): string {
  const escaped = oneLine(text).replace(/[\\{}$&#%_^~<>|"\u2212\u221e\u00d7\u00b2\u2026]/g, (character) => LATEX[character]!);
  return escaped.replace(/^[[*]/, "{$&}");
}

/** Text for a cell or paragraph of Markdown (CommonMark with tables), on one line: nothing in it is read as markup. */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]#|~$!^=]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/^([-+]|\d+[.)])(?=\s)/, "&#8203;$1")
    .replace(/:\/\//g, ":&#8203;//")
    .replace(/@/g, "&#64;");
}

/** A cell of comma-separated values by RFC 4180: quoted where it has to be. */
export function escapeCsv(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function oneLine(text: string): string {
  return withoutControls(text)
    .replace(/[\s\u2028\u2029]+/g, (space) => (/^\u00a0+$/.test(space) ? space : " "))
    .trim();
}

function withoutControls(text: string): string {
  let kept = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const bad =
      (code < 32 && code !== 9 && code !== 10 && code !== 13) || (code >= 127 && code < 160) || (code >= 0xd800 && code <= 0xdfff);
    if (!bad) kept += character;
  }
  return kept;
}
