/**
 * Reads a client's raw bytes to find a frame above the limit, because `ws` reports whole messages only. Also counts
 * the messages completed before that frame, which are still valid.
 */
export class FrameSizes {
  readonly #limitBytes: number;
  #header: number[] = [];
  #payloadLeft = 0;
  #completeMessages = 0;
  #exceeded = false;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get exceeded(): boolean {
    return this.#exceeded;
  }

  /** Number of messages to accept: infinite until a frame is too large. */
  get acceptedMessages(): number {
    return this.#exceeded ? this.#completeMessages : Number.POSITIVE_INFINITY;
  }

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#exceeded) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= skipped;
        at += skipped;
      } else {
        this.#header.push(chunk[at++] ?? 0);
        this.#readHeader();
      }
    }
  }

  /** RFC 6455, 5.2: flags and opcode, mask bit and length, 0, 2 or 8 bytes of extended length, 0 or 4 of mask. */
  #readHeader(): void {
    const [first = 0, second = 0] = this.#header;
    const shortLength = second & 0x7f;
    const lengthBytes = shortLength === 127 ? 8 : shortLength === 126 ? 2 : 0;
    const maskBytes = second & 0x80 ? 4 : 0;
    if (this.#header.length < 2 || this.#header.length < 2 + lengthBytes + maskBytes) return;
    const longer = this.#header.slice(2, 2 + lengthBytes);
    const length = lengthBytes === 0 ? shortLength : longer.reduce((sum, byte) => sum * 256 + byte, 0);
    this.#header = [];
    this.#payloadLeft = length;
    if (length > this.#limitBytes) this.#exceeded = true;
    else if (endsDataMessage(first)) this.#completeMessages++;
  }
}

function endsDataMessage(firstByte: number): boolean {
  const final = (firstByte & 0x80) !== 0;
  const opcode = firstByte & 0x0f;
  return final && opcode <= 2;
}
