// The floor's page: mediasoup-client and Socket.IO, nothing else. Before the click the same is done as in the product's
// pre-join: the page is loaded, the socket is open, camera and microphone are granted and previewed, and the device knows
// what the router can.
import { Device, type types } from 'mediasoup-client';
import { io } from 'socket.io-client';
import { audioOptions, cameraEncodings } from '../../../client/src/media/encodings.ts';
import type { Announced, Opened } from './messages.ts';

const socket = io({ transports: ['websocket'] });
const device = new Device();

async function prepare(): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const preview = document.querySelector<HTMLVideoElement>('#preview');
  if (preview) preview.srcObject = stream;
  if (!socket.connected) await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  await device.load({ routerRtpCapabilities: await socket.emitWithAck('capabilities', null) });
  const button = document.querySelector<HTMLButtonElement>('#join');
  button?.addEventListener('click', () => void join(stream));
  if (button) button.disabled = false;
}

const connectBy = (transport: types.Transport) => {
  transport.on('connect', ({ dtlsParameters }, done, failed) => {
    socket.emitWithAck('connect-transport', { id: transport.id, dtlsParameters }).then(() => done(), failed);
  });
};

async function join(stream: MediaStream): Promise<void> {
  document.body.className = 'in';
  const send = device.createSendTransport(await open('send'));
  connectBy(send);
  send.on('produce', ({ kind, rtpParameters }, done, failed) => {
    socket
      .emitWithAck('produce', { id: send.id, kind, rtpParameters })
      .then((id: string) => done({ id }), failed);
  });
  const recv = device.createRecvTransport(await open('recv'));
  connectBy(recv);
  socket.on('consumer', async (announced: Announced, ack: () => void) => {
    show((await recv.consume(announced)).track);
    ack();
  });
  await socket.emitWithAck('join', device.recvRtpCapabilities);
  await produce(send, stream);
}

const open = (direction: 'send' | 'recv'): Promise<Opened> => socket.emitWithAck('transport', direction);

async function produce(transport: types.Transport, stream: MediaStream): Promise<void> {
  const [audio] = stream.getAudioTracks();
  if (audio) await transport.produce({ track: audio, codecOptions: audioOptions });
  const [video] = stream.getVideoTracks();
  if (!video) return;
  const { width = 0, height = 0 } = video.getSettings();
  await transport.produce({ track: video, encodings: cameraEncodings(width, height) });
}

function show(track: MediaStreamTrack): void {
  const element = document.createElement(track.kind === 'video' ? 'video' : 'audio');
  element.autoplay = true;
  element.srcObject = new MediaStream([track]);
  document.querySelector('#others')?.append(element);
}

void prepare();
