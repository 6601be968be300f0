import { DataError } from "../core/errors.ts";

/** What is used of the Web Crypto API, which Node, Deno, Bun and browsers share. */
interface SubtleCrypto {
  importKey(
    format: "raw",
    key: Uint8Array,
    algorithm: { readonly name: "HMAC"; readonly hash: "SHA-256" },
    extractable: boolean,
    usages: readonly ["sign"],
  ): Promise<unknown>;
  sign(algorithm: "HMAC", key: unknown, data: Uint8Array): Promise<ArrayBuffer>;
}

/** Signatures under way at once. */
const BATCH = 2048;
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * HMAC-SHA-256 of each text under a project's key, as 64 hexadecimal digits.
 *
 * @throws DataError `NO_WEB_CRYPTO`: the page is not a secure context.
 */
export async function pseudonyms(texts: readonly string[], projectKey: string): Promise<readonly string[]> {
  const { crypto, TextEncoder: Encoder } = globalThis as unknown as {
    readonly crypto?: { readonly subtle?: SubtleCrypto };
    readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  };
  const subtle = crypto?.subtle;
  if (subtle === undefined) {
    throw new DataError("NO_WEB_CRYPTO", "Cannot make pseudonyms as the Web Crypto API is needed: it is absent; serve the page over https");
  }
  const encoder = new Encoder();
  const key = await subtle.importKey("raw", encoder.encode(projectKey), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const keys: string[] = [];
  for (let from = 0; from < texts.length; from += BATCH) {
    const batch = texts.slice(from, from + BATCH).map((text) => subtle.sign("HMAC", key, encoder.encode(text)));
    for (const signature of await Promise.all(batch)) keys.push(hexadecimal(new Uint8Array(signature)));
  }
  return keys;
}

function hexadecimal(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i]!]!;
  return text;
}
