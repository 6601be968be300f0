/** Languages in which results are put into words. */
export type Language = "en" | "nl";

/** The text in the asked language. */
export function say(language: Language, english: string, dutch: string): string {
  return language === "nl" ? dutch : english;
}

/** First letter in upper case; names of columns such as `ageMonths` or `age_months` stay as they are. */
export function capitalised(text: string): string {
  if (/^\S*[_A-Z]/.test(text)) return text;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
