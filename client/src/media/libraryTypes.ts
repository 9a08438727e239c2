// From the protocol's checked shapes to mediasoup-client's types. They differ in how absent fields are typed and in
// nothing else: the schemas are stricter (bounded, no unknown fields), so this is the one place where a cast is right.
import type { types } from 'mediasoup-client';
import type { IceParameters, RtpCapabilities, RtpParameters, TransportOptions } from '#protocol';

export const libraryCapabilities = (capabilities: RtpCapabilities): types.RtpCapabilities =>
  capabilities as types.RtpCapabilities;

export const libraryParameters = (parameters: RtpParameters): types.RtpParameters =>
  parameters as types.RtpParameters;

export const libraryTransport = (options: TransportOptions): types.TransportOptions =>
  options as types.TransportOptions;

export const libraryIce = (parameters: IceParameters): types.IceParameters =>
  parameters as types.IceParameters;
