// Keeps the display name on this device, so that people type it once. It never goes to the server in clear.

const KEY = 'in-camera.name';

export function rememberedName(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return ''; // storage may be switched off; then the name is typed each time
  }
}

export function rememberName(name: string): void {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    return; // as above
  }
}
