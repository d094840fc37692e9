/** The mail catcher as a process of the stack: SMTP in, a web page and `GET /email` out. Says `ready <port>` when both listen. */
import { createRequire } from 'node:module';

type Catcher = { listen: (done: (error?: Error) => void) => void };
type Options = { ip: string; smtp: number; webIp: string; web: number; mailDirectory?: string; silent: boolean };
// it comes without types
const MailDev = createRequire(import.meta.url)('maildev') as new (options: Options) => Catcher;

const ip = '127.0.0.1';
const web = Number(process.env.PORT);
const catcher = new MailDev({
	ip,
	smtp: Number(process.env.SMTP_PORT),
	webIp: ip,
	web,
	mailDirectory: process.env.MAIL_FOLDER,
	silent: true
});
catcher.listen((error) => {
	if (error) {
		console.error(error.message);
		process.exit(1);
	}
	console.log(`ready ${web}`);
});
