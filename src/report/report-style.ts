import { palette } from "../plot/palette.ts";

/** Colours of the page in the dark by the figures' own: text lighter, data colours bright enough on a dark ground. */
const DARK: Readonly<Record<keyof typeof palette, string>> = {
  ink: "#e8eaed",
  muted: "#a9b1ba",
  rule: "#8b949e",
  grid: "#30363d",
  paper: "#14171b",
  first: "#6db3f2",
  second: "#f0a13c",
  faint: "#34506e",
};

/** Rules that recolour the figures, whose colours are attributes, without touching them. */
const darkFigures = (Object.keys(palette) as (keyof typeof palette)[])
  .map((name) => `figure [fill="${palette[name]}"]{fill:${DARK[name]}} figure [stroke="${palette[name]}"]{stroke:${DARK[name]}}`)
  .join("\n");

/** Style of {@link reportHtml}: one column, system fonts, light and dark, tables that scroll on their own, a version for paper. */
export const reportStyle: string = `
:root{color-scheme:light dark;--ink:${palette.ink};--muted:${palette.muted};--paper:${palette.paper};--line:#d5dae0;--surface:#f3f6f9;--accent:${palette.first}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.6 -apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
.page{max-width:48rem;margin:0 auto;padding:2rem 1rem 4rem;overflow-wrap:break-word}
h1{font-size:clamp(1.6rem,1.2rem + 2.2vw,2.3rem);line-height:1.2;margin:0 0 .75rem;text-wrap:balance}
h2{font-size:1.45rem;line-height:1.3;margin:2.75rem 0 .75rem;text-wrap:balance}
h3{font-size:1.15rem;line-height:1.35;margin:2rem 0 .5rem}
p,ul,ol{margin:0 0 1rem;max-width:40rem}
ul,ol{padding-left:1.25rem}
li{margin-bottom:.35rem}
a{color:var(--accent)}
.subtitle{color:var(--muted);font-size:1.125rem}
.lead{font-size:1.125rem}
.findings{background:var(--surface);border-left:4px solid var(--accent);padding:1rem 1.25rem .5rem;margin:1.5rem 0}
.findings h2{margin:0 0 .5rem;font-size:1.15rem}
nav{margin:1.5rem 0}
nav ul{list-style:none;padding:0;margin:0;columns:2 16rem}
figure{margin:1.5rem 0 2rem}
figure>div{margin:0 -.5rem}
figure svg{display:block}
figure .narrow{display:none}
figcaption{color:var(--muted);font-size:.9375rem;margin-top:.5rem}
details{color:var(--muted);font-size:.9375rem;max-width:40rem}
summary{cursor:pointer}
.table{overflow-x:auto;margin:1.25rem 0 1.75rem}
.table:focus-visible,a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;font-size:.9375rem;line-height:1.4;min-width:100%}
caption{text-align:left;font-weight:600;padding-bottom:.5rem}
th,td{padding:.4rem .75rem .4rem 0;vertical-align:top}
th:last-child,td:last-child{padding-right:0}
tbody th{min-width:8rem}
thead th{border-bottom:1.5px solid var(--ink);font-weight:600;vertical-align:bottom}
tbody tr+tr{border-top:1px solid var(--line)}
tfoot td{border-top:1.5px solid var(--ink);color:var(--muted);padding-top:.5rem}
.note{color:var(--muted);font-size:.9375rem}
.appendix{border-top:2px solid var(--line);margin-top:3.5rem;font-size:1rem}
footer{border-top:1px solid var(--line);margin-top:3rem;padding-top:1rem;color:var(--muted);font-size:.9375rem}
@media (max-width:32rem){
  figure.both .wide{display:none}
  figure.both .narrow{display:block}
  table{font-size:.875rem}
}
@media (prefers-color-scheme:dark){
  :root{--ink:${DARK.ink};--muted:${DARK.muted};--paper:${DARK.paper};--line:#30363d;--surface:#1c2127;--accent:${DARK.first}}
  ${darkFigures}
}
@media print{
  body{font-size:10.5pt;background:#fff;color:#000}
  .page{max-width:none;padding:0}
  nav{display:none}
  h2,h3{break-after:avoid}
  figure,.findings,tr{break-inside:avoid}
  .table{overflow:visible}
  a{color:inherit;text-decoration:none}
  .appendix{break-before:page}
}
`;
