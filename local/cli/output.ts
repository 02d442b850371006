/**
 * Lets the process go on when its output has ended: a pipe was closed (`npm start | head`), a terminal is gone, a disk is
 * full. Without this, the next line that is written would end it. The other output, if there is one, tells so, once.
 */
export function outliveOutput(): void {
  const { stdout, stderr } = process;
  for (const [stream, other] of [
    [stdout, stderr],
    [stderr, stdout],
  ] as const) {
    let isTold = false;
    stream.on("error", ({ message }) => {
      if (isTold) return;
      isTold = true;
      other.write(
        `Nobody reads the output any more (${message}). Parley goes on: stop it with kill ${process.pid}.\n`,
      );
    });
  }
}
