// The own camera and microphone, from pre-join to the last screen.
import type { CaptureModel } from './captureModel.ts';
import { captureProblem } from './captureProblem.ts';
import { Device } from './Device.svelte.ts';
import type { Wish } from './Sender.ts';

export class Capture implements CaptureModel {
  readonly #camera: Device;
  readonly #microphone: Device;
  readonly #stream = $derived.by(() => (this.#camera.track ? new MediaStream([this.#camera.track]) : null));
  readonly #onDevices = () => void this.#list();
  #started = false;

  /** `changed` is called after every change of what should be sent. */
  constructor(changed: () => void) {
    this.#camera = new Device('camera', changed);
    this.#microphone = new Device('microphone', changed);
  }

  get stream() {
    return this.#stream;
  }
  get cameras() {
    return this.#camera.choices;
  }
  get microphones() {
    return this.#microphone.choices;
  }
  get cameraId() {
    return this.#camera.id;
  }
  get microphoneId() {
    return this.#microphone.id;
  }
  /** Before the first answer of the browser the wish stands for it, so that the switches do not jump. */
  get cameraOn() {
    return this.#camera.on || (!this.#camera.problem && this.#camera.wanted);
  }
  get microphoneOn() {
    return this.#microphone.on || (!this.#microphone.problem && this.#microphone.wanted);
  }
  get problems() {
    return { camera: this.#camera.problem, microphone: this.#microphone.problem };
  }

  /** What the slots should carry. */
  get wishes(): { readonly camera: Wish; readonly mic: Wish } {
    const { track } = this.#camera;
    return {
      camera: { track: this.#camera.wanted ? track : null, muted: !this.#camera.on },
      mic: { track: this.#microphone.track, muted: !this.#microphone.on },
    };
  }

  /** As it was before a reload. Before `start`. */
  prefer(on: { camera: boolean; microphone: boolean }): void {
    this.#camera.wanted = on.camera;
    this.#microphone.wanted = on.microphone;
  }

  async setCamera(on: boolean): Promise<void> {
    await this.#camera.set(on);
    await this.#list();
  }

  async setMicrophone(on: boolean): Promise<void> {
    await this.#microphone.set(on);
    await this.#list();
  }

  chooseCamera(id: string): Promise<void> {
    return this.#camera.choose(id);
  }

  chooseMicrophone(id: string): Promise<void> {
    return this.#microphone.choose(id);
  }

  async start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    if (!globalThis.isSecureContext || !navigator.mediaDevices) {
      for (const device of this.#both) device.fail('insecure-context');
      return;
    }
    navigator.mediaDevices.addEventListener('devicechange', this.#onDevices);
    await this.retry();
  }

  async retry(): Promise<void> {
    await this.#acquireWanted();
    await this.#list();
  }

  stop(): void {
    globalThis.navigator.mediaDevices?.removeEventListener('devicechange', this.#onDevices);
    for (const device of this.#both) device.stop();
  }

  get #both(): readonly Device[] {
    return [this.#camera, this.#microphone];
  }

  /** Both in one request, so that the browser asks once; apart when that fails, to learn which of them it is. */
  async #acquireWanted(): Promise<void> {
    const wanted = this.#both.filter((device) => device.wanted && !device.track);
    if (wanted.length === 2 && (await this.#acquireBoth())) return;
    await Promise.all(wanted.map((device) => device.set(true)));
  }

  async #acquireBoth(): Promise<boolean> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: this.#camera.constraints,
        audio: this.#microphone.constraints,
      });
      const [video] = stream.getVideoTracks();
      const [audio] = stream.getAudioTracks();
      if (video) this.#camera.take(video);
      if (audio) this.#microphone.take(audio);
      return true;
    } catch (error) {
      if (captureProblem(error) !== 'refused') return false;
      await this.#refused();
      return true;
    }
  }

  /** Who has just said no is not asked twice more; but one blocked for good must not take the other with it. */
  async #refused(): Promise<void> {
    const blocked = await Promise.all(this.#both.map((device) => isBlocked(device.kind)));
    const other = this.#both.filter((_, i) => !blocked[i]);
    for (const device of this.#both)
      if (other.length !== 1 || !other.includes(device)) device.fail('refused');
    if (other.length === 1) await other[0]?.set(true);
  }

  async #list(): Promise<void> {
    if (!globalThis.isSecureContext || !navigator.mediaDevices) return;
    const devices = await navigator.mediaDevices.enumerateDevices();
    const of = (kind: MediaDeviceKind, word: string) =>
      devices
        .filter((device) => device.kind === kind && device.deviceId !== '')
        .map((device, i) => ({ id: device.deviceId, label: device.label || `${word} ${i + 1}` }));
    this.#camera.choices = of('videoinput', 'Camera');
    this.#microphone.choices = of('audioinput', 'Microphone');
  }
}

async function isBlocked(name: 'camera' | 'microphone'): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name })).state === 'denied';
  } catch {
    // A browser that does not tell.
    return false;
  }
}
