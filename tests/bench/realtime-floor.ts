/** The floor of tests/bench/realtime.ts as a process of its own: whatever the database tells goes to every socket. */
import type { AddressInfo } from 'node:net';
import postgres from 'postgres';
import { WebSocketServer } from 'ws';

const { DATABASE_URL = '', CHANNEL = '' } = process.env;
const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
const sql = postgres(DATABASE_URL, { max: 1 });
await sql.listen(CHANNEL, (payload) => sockets.clients.forEach((socket) => socket.send(payload)));
process.once('disconnect', () => process.exit());
process.send?.((sockets.address() as AddressInfo).port);
