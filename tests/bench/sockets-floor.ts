/** The floor of tests/bench/sockets.ts as a process of its own: what one socket says goes to all the others. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
sockets.on('connection', (from) =>
	from.on('message', (data, binary) =>
		sockets.clients.forEach((socket) => socket !== from && socket.send(data, { binary }))
	)
);
await once(sockets, 'listening');
process.once('disconnect', () => process.exit());
process.send?.((sockets.address() as AddressInfo).port);
