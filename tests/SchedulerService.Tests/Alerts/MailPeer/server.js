// Says on standard output, a JSON document a line: the port it listens on, then each message that it took over.
//   node server.js (tls|starttls) KEY.pem CERTIFICATE.pem
const { readFileSync } = require("node:fs");
const { SMTPServer } = require("smtp-server");

const [security, key, certificate] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const server = new SMTPServer({
  secure: security === "tls",
  key: readFileSync(key),
  cert: readFileSync(certificate),
  authMethods: ["PLAIN"],
  // It looks up who calls otherwise, which takes a name server.
  disableReverseLookup: true,
  onAuth(auth, _session, done) {
    const known = auth.username === "user" && auth.password === "hunter2";
    done(known ? null : new Error("who are you?"), { user: auth.username });
  },
  onData(stream, session, done) {
    const pieces = [];
    stream.on("data", (piece) => pieces.push(piece));
    stream.on("end", () => {
      const { mailFrom, rcptTo } = session.envelope;
      say({
        from: mailFrom.address,
        to: rcptTo.map((receiver) => receiver.address),
        user: session.user,
        secure: session.secure,
        message: Buffer.concat(pieces).toString("latin1"),
      });
      done();
    });
  },
});
server.on("error", (failure) => say({ error: failure.message }));
server.listen(0, "127.0.0.1", () => say({ port: server.server.address().port }));
