// What the floor's page and server say to each other.
import type { types } from 'mediasoup-client';

export type Opened = Pick<
  types.TransportOptions,
  'id' | 'iceParameters' | 'iceCandidates' | 'dtlsParameters'
>;

export type Announced = {
  id: string;
  producerId: string;
  kind: types.MediaKind;
  rtpParameters: types.RtpParameters;
};
