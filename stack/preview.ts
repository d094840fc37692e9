/**
 * The built app as a process of the stack. The adapter takes requests for https unless a proxy says otherwise, and would
 * refuse every form over plain http; this server is that proxy, in the same process. Says `ready <port>` when it listens.
 */
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './cli.ts';

// read by the adapter when it is imported
process.env.PROTOCOL_HEADER = 'x-forwarded-proto';
// a picture of 2 MB as a form without scripts sends it
process.env.BODY_SIZE_LIMIT ??= '3M';
const { handler } = (await import(pathToFileURL(join(root, 'build/handler.js')).href)) as { handler: RequestListener };

const port = Number(process.env.PORT);
const server = createServer((request, response) => {
	// whatever the client claims: it came over http
	request.headers['x-forwarded-proto'] = 'http';
	handler(request, response);
});
server.on('error', (error) => {
	console.error(error.message);
	process.exit(1);
});
server.listen(port, '127.0.0.1', () => console.log(`ready ${port}`));
