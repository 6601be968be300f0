#!/usr/bin/env bash
# Executes the notebooks of examples/ against the packed library and checks what they show: npm run notebooks.
# Needs jupyter-nbconvert and jupyter-client (Debian packages of these names) and, on PATH, the npm package tslab; deno comes with npm ci.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export PATH="$root/node_modules/.bin:$PATH"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export HOME="$work" JUPYTER_PATH="$work/.local/share/jupyter"
deno jupyter --install >/dev/null 2>&1
mkdir -p "$JUPYTER_PATH/kernels/tslab" # tslab's own installer needs IPython; its kernel specification is three lines
printf '{"argv":["tslab","kernel","--config-path={connection_file}"],"display_name":"tslab","language":"typescript"}\n' >"$JUPYTER_PATH/kernels/tslab/kernel.json"
cd "$work"
package=$(cd "$root" && npm pack --silent --ignore-scripts --pack-destination "$work" | tail -1)
echo '{"name":"notebooks","private":true}' >package.json
npm install --silent --ignore-scripts --no-audit --no-fund "./$package" vega vega-lite @types/node@20
for notebook in "$root"/examples/*.ipynb; do
  name=$(basename "$notebook")
  cp "$notebook" .
  jupyter nbconvert --to notebook --execute --ExecutePreprocessor.timeout=180 --output "out-$name" "$name" >/dev/null 2>log || { cat log; exit 1; }
  # tslab reports a type error as text on stderr, not as a failed cell
  node -e '
    const { cells } = JSON.parse(require("fs").readFileSync(process.argv[1]));
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    const faults = outputs.filter((output) => output.name === "stderr" || output.output_type === "error");
    if (faults.length > 0) { console.error(JSON.stringify(faults, null, 1)); process.exit(1); }
    const html = outputs.map((output) => [output.data?.["text/html"] ?? ""].flat().join(""));
    const shown = html.filter((text) => text.includes("<table") && text.includes("<svg")).length;
    if (shown < 1) { console.error("no result shown as a table with its figure"); process.exit(1); }
    console.log(`ok ${process.argv[1].slice(4)}: ${outputs.length} outputs, ${shown} tables with figures`);
  ' "out-$name"
  [ -z "${KEEP:-}" ] || cp "out-$name" "$KEEP/"
done
