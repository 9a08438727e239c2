// The floor of the API bench: one Fastify route that answers one JSON object, and nothing around it.
import fastify from 'fastify';

const { PORT, ROOM } = process.env;
if (!PORT || !ROOM) throw new Error('PORT or ROOM is missing');
const room: unknown = JSON.parse(ROOM);

const app = fastify({ logger: false });
app.get('/rooms/:id', async () => room);
await app.listen({ port: Number(PORT), host: '127.0.0.1' });
process.send?.('ready');
process.on('disconnect', () => process.exit(0));
