import { connect, type Socket } from 'node:net';

/**
 * Connections to Postgres that can be thrown away: the driver waits for ever on one that stays open and says nothing, and
 * hands it the next query as well. `socket` goes into the driver's options; `cut` ends all of them, so that what was asked
 * fails and the next query finds a new one.
 */
export function wires() {
	const sockets = new Set<Socket>();
	return {
		socket({ host, port }: { host: string[]; port: number[] }): Socket {
			const socket = connect({ host: host[0] ?? '127.0.0.1', port: port[0] ?? 5432 });
			sockets.add(socket);
			// its errors are the driver's, which listens a moment later
			socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
			return socket;
		},
		cut(): void {
			// as if reset: the driver takes a plain close of a connection in use for the end of a reserved one only
			const reset = Object.assign(new Error('the database is silent'), { code: 'ECONNRESET' });
			for (const socket of sockets) socket.destroy(reset);
		}
	};
}
