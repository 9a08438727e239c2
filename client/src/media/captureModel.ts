// What is known of the own camera, microphone and screen. The screens see these through call/model.ts.

/** Cameras and microphones for the pre-join and the call. */
export interface DeviceChoice {
  readonly id: string;
  readonly label: string;
}

export type CaptureProblem = 'refused' | 'no-device' | 'in-use' | 'insecure-context' | 'failed';

/** Local capture: exists from pre-join on and is handed to the call. */
export interface CaptureModel {
  readonly stream: MediaStream | null;
  readonly cameras: readonly DeviceChoice[];
  readonly microphones: readonly DeviceChoice[];
  readonly cameraId: string | null;
  readonly microphoneId: string | null;
  readonly cameraOn: boolean;
  readonly microphoneOn: boolean;
  readonly problems: { readonly camera: CaptureProblem | null; readonly microphone: CaptureProblem | null };
  setCamera(on: boolean): Promise<void>;
  setMicrophone(on: boolean): Promise<void>;
  chooseCamera(id: string): Promise<void>;
  chooseMicrophone(id: string): Promise<void>;
  /** First request for permission and devices; never throws, fills `problems`. */
  start(): Promise<void>;
  /** Once more for what is wanted and not there; never throws. */
  retry(): Promise<void>;
  stop(): void;
}

/** What is shared of this device's screen. */
export interface ScreenModel {
  /** False where the browser cannot do it, as on phones. */
  readonly possible: boolean;
  readonly sharing: boolean;
  /** Asks the browser, which asks the person; saying no is no failure. Throws when sharing failed. */
  start(): Promise<void>;
  stop(): void;
}
