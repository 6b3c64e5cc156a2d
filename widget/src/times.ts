const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
/** Older than this, a date says more than a distance. */
const RELATIVE_SECONDS = 30 * 86_400;

/** Turn the dates of recent `<time>` elements into distances ("2 hours ago"); the date stays as the title. */
export function relativeTimes(root: ParentNode, language: string): void {
  let format: Intl.RelativeTimeFormat | undefined; // the first of a page takes long to make
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const age = Math.max(0, (Date.now() - Date.parse(time.dateTime)) / 1000);
    if (!(age < RELATIVE_SECONDS)) continue;
    const date = (time.dataset.date ??= time.textContent ?? "");
    time.title ||= date;
    const [unit, seconds] = UNITS.find(([, seconds]) => age >= seconds) ?? ["second", Infinity];
    format ??= formatter(language);
    time.textContent = format.format(-Math.floor(age / seconds) || 0, unit);
  }
}

function formatter(language: string): Intl.RelativeTimeFormat {
  try {
    return new Intl.RelativeTimeFormat(language || undefined, { numeric: "auto" });
  } catch {
    return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  }
}
