import type { DoctorResult, Finding } from "../commands/doctor.ts";
import { plainLine } from "./plain.ts";
import type { View } from "./view.ts";

/** `vantage doctor`: a line a finding, and under it how to mend it. */
export const doctorView: View<DoctorResult> = {
  text({ findings }, { style }) {
    const mark = {
      ok: style.green("ok     "),
      warning: style.yellow("warning"),
      problem: style.red("problem"),
    };
    const width = Math.max(...findings.map((finding) => finding.name.length));
    return findings.map(({ name, verdict, detail, hint }: Finding) => {
      const line = `${mark[verdict]}  ${name.padEnd(width)}  ${plainLine(detail)}`;
      return hint === undefined ? line : `${line}\n${" ".repeat(width + 11)}${plainLine(hint)}`;
    }).join("\n");
  },
  json: ({ healthy, findings }) => ({
    healthy,
    findings: findings.map(({ hint, ...finding }) => ({ ...finding, hint: hint ?? null })),
  }),
};
