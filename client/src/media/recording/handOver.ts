// Gives a finished recording to the person as a download. It goes from this page to this device, and nowhere else.

/** The browser reads the file after the click has returned; no event says when it is done. */
const READ_MS = 60_000;

const twoDigits = (n: number) => String(n).padStart(2, '0');

/** By the clock of this device. */
export function fileName(at: Date): string {
  const [month, day, hour, minute] = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes()].map(
    twoDigits,
  );
  return `in-camera-${at.getFullYear()}-${month}-${day}-${hour}${minute}.webm`;
}

export function handOver(file: Blob, began: Date): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName(began);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), READ_MS);
}
