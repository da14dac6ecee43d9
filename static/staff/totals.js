// Beside the numbers of images: how many the study takes and how many readings that gives each reader.
const numbers = [...document.querySelectorAll(".counts input")];
const repeats = ["grade_repeats", "detect_repeats"].map((name) => document.querySelector(`[name=${name}]`));
const total = document.querySelector(".total");
const valueOf = (field) => Math.max(Number(field.value) || 0, 0);

function imagesOf(row) {
  const [each, ...grades] = row.querySelectorAll("input");
  return grades.reduce((sum, field) => sum + valueOf(field.value === "" ? each : field), 0);
}

function tell() {
  const images = { real: 0, synthetic: 0 };
  for (const row of document.querySelectorAll(".counts tbody tr")) images[row.dataset.source] += imagesOf(row);
  const all = images.real + images.synthetic;
  const [grading, judging] = repeats.map((field) => all + valueOf(field));
  total.textContent = all
    ? `In all ${all} images (${images.real} real, ${images.synthetic} synthetic). Each reader reads ` +
      `${grading} in phase 1 and ${judging} in phase 2: ${grading + judging} readings.`
    : "";
}

for (const field of [...numbers, ...repeats]) field.addEventListener("input", tell);
tell();
