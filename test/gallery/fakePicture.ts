// A picture that looks like a person in front of a camera, so that overlays are judged on something real.

const WIDTH = 640;
const HEIGHT = 360;

function drawPerson(context: CanvasRenderingContext2D, hue: number): void {
  const wall = context.createLinearGradient(0, 0, WIDTH, HEIGHT);
  wall.addColorStop(0, `hsl(${hue} 22% 70%)`);
  wall.addColorStop(1, `hsl(${hue + 30} 18% 36%)`);
  context.fillStyle = wall;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.fillStyle = `hsl(${hue + 190} 26% 30%)`;
  context.beginPath();
  context.ellipse(WIDTH / 2, HEIGHT + 40, 165, 170, 0, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = `hsl(${22 + (hue % 14)} 38% ${40 + (hue % 35)}%)`;
  context.beginPath();
  context.ellipse(WIDTH / 2, 155, 62, 80, 0, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = `hsl(${hue % 40} 30% 16%)`;
  context.beginPath();
  context.ellipse(WIDTH / 2, 110, 70, 52, 0, Math.PI, Math.PI * 2);
  context.fill();
}

function drawSlide(context: CanvasRenderingContext2D): void {
  context.fillStyle = '#fff';
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.fillStyle = '#223';
  context.font = '28px sans-serif';
  context.fillText('Quarterly figures', 40, 60);
  for (let i = 0; i < 6; i += 1) context.fillRect(60 + i * 90, 320 - i * 32, 50, i * 32 + 10);
}

export function fakePicture(hue: number, kind: 'person' | 'slide'): MediaStream {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no 2d context');
  const draw = () => (kind === 'person' ? drawPerson(context, hue) : drawSlide(context));
  draw();
  const stream = canvas.captureStream(2);
  setInterval(draw, 500); // a capture without new drawing has no frame for whoever attaches later
  return stream;
}
