// Preloaded into every Node process of the stack, also into those of others (vite, the built app): when the supervisor is
// gone, however it went, its channel closes, and nothing is left running.
process.once('disconnect', () => process.exit(0));
// listening would keep a program alive that has come to its end, like a build
process.channel?.unref();
