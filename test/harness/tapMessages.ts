// What a test and its tapped sfu say to each other over the process's own IPC channel.

export type TapCommand =
  /** What is sent now. */
  | { do: 'producers' }
  /** From now on every RTP packet the sfu holds is reported, of present and future producers, all layers. */
  | { do: 'record' }
  | { do: 'stop-recording' }
  /** A hostile sfu: it obeys no close and no pause any more, so that whoever was fed stays fed. */
  | { do: 'disobey' }
  /** A hostile sfu: forwards everything to everybody who has a transport, asked for or not. */
  | { do: 'resume-all' };

export type TapRequest = TapCommand & { id: number };

export type TappedProducer = { producerId: string; kind: 'audio' | 'video' };

export type TapReport =
  | { type: 'answer'; id: number; producers: TappedProducer[]; consumers: number }
  | { type: 'fault'; id: number; message: string }
  | { type: 'packet'; producerId: string; kind: 'audio' | 'video'; packet: Uint8Array };
