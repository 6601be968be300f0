/** The part of papaparse 5 that is used; its published types bring in all of Node's. */
declare module "papaparse/papaparse.js" {
  interface Papa {
    parse(
      text: string,
      settings: { readonly delimiter: string; readonly newline: "\n" | "\r\n"; readonly quoteChar: string },
    ): {
      readonly data: readonly (readonly string[])[];
      readonly errors: readonly { readonly type: string; readonly code: string; readonly message: string; readonly row?: number }[];
    };
  }
  const papa: Papa;
  export default papa;
}
