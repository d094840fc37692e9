/** A wire that can be made to fail: a TCP proxy before a port of this machine. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * `latency`: every piece waits so long, both ways. `cut`: connections are reset, and new ones too. `blackhole`: connections
 * stay and open, and nothing comes through; at its end what was held arrives, as TCP sends again what was not confirmed.
 * `silent`: connections stay and open, and never answer, not even after its end; only new ones do. Whoever closes one of
 * them takes its other end along.
 */
export type WireFault = { kind: 'latency'; ms: number } | { kind: 'cut' } | { kind: 'blackhole' } | { kind: 'silent' };

export type FaultProxy = {
	port: number;
	/** Makes the wire fail this way from now on; null mends it. */
	set: (fault: WireFault | null) => void;
	close: () => Promise<void>;
};

/** Starts a proxy on a free port. `target` may be known later than the proxy. */
export async function startFaultProxy(target: () => number): Promise<FaultProxy> {
	const sockets = new Set<Socket>();
	/** those that will never answer again */
	const silent = new WeakSet<Socket>();
	let fault: WireFault | null = null;
	let mended = Promise.withResolvers<undefined>();
	mended.resolve(undefined);

	/** Until the wire lets a piece through. */
	async function passage(): Promise<void> {
		if (fault?.kind === 'latency') await pause(fault.ms);
		while (fault?.kind === 'blackhole') await mended.promise;
	}

	async function carry(from: Socket, to: Socket): Promise<void> {
		try {
			for await (const piece of from) {
				await passage();
				if (silent.has(from)) continue;
				if (!to.write(piece as Buffer)) await new Promise<void>((done) => ready(to, done));
			}
			if (silent.has(from)) to.destroy();
			else to.end();
		} catch {
			// reset by one end, so by the other as well
			to.resetAndDestroy();
		}
	}

	const server = createServer({ allowHalfOpen: true }, (near) => {
		keep(near);
		void passage().then(() => {
			// read, so that its end is seen
			if (silent.has(near)) near.resume();
			if (near.destroyed || silent.has(near)) return;
			const far = connect({ port: target(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
			keep(far);
			// nobody listens there: the caller learns it by a reset
			far.once('error', () => near.resetAndDestroy());
			near.once('close', () => silent.has(near) && far.destroy());
			void carry(near, far);
			void carry(far, near);
		});
	});

	function keep(socket: Socket): void {
		socket.setNoDelay();
		sockets.add(socket);
		socket.on('error', () => socket.destroy());
		socket.on('close', () => sockets.delete(socket));
		if (fault?.kind === 'cut') socket.resetAndDestroy();
		if (fault?.kind === 'silent') silent.add(socket);
	}

	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	return {
		port: (server.address() as AddressInfo).port,
		set(next) {
			fault = next;
			mended.resolve(undefined);
			if (fault?.kind === 'blackhole') mended = Promise.withResolvers();
			for (const socket of sockets) {
				if (fault?.kind === 'cut') socket.resetAndDestroy();
				if (fault?.kind === 'silent') silent.add(socket);
			}
		},
		async close() {
			fault = null;
			mended.resolve(undefined);
			for (const socket of sockets) socket.destroy();
			await new Promise((done) => server.close(done));
		}
	};
}

/** Calls once the socket takes more, or is gone. */
function ready(socket: Socket, done: () => void): void {
	const once = () => {
		socket.off('drain', once);
		socket.off('close', once);
		done();
	};
	socket.on('drain', once);
	socket.on('close', once);
}
