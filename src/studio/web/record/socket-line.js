// The line of a recording worker to the studio: a socket of its own, which opens again while anything waits.

const LONGEST_WAIT = 2000;

/** Opens the line when `connect` is first called; `recording.js` says what each part is. */
export function socketLine({ opened, closed, heard, isWanted }) {
  let socket = null;
  let wait = 100;
  const isOpen = () => socket?.readyState === WebSocket.OPEN;
  const send = (wish) => socket.send(JSON.stringify(wish));

  function connect() {
    if (socket && socket.readyState <= WebSocket.OPEN) return;
    socket = new WebSocket(`ws://${location.host}/studio`);
    socket.onopen = () => {
      wait = 100;
      opened();
    };
    socket.onmessage = ({ data }) => heard(JSON.parse(data));
    socket.onclose = () => {
      closed();
      setTimeout(() => { if (isWanted()) connect(); }, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
  }

  return {
    connect,
    isOpen,
    begin: (begin) => send({ do: "begin", begin }),
    end: (take, frames, unheard, drops) => send({ do: "end", take, frames, unheard, drops }),
    discard: (take) => send({ do: "discard", take }),
    piece(id, from, samples) {
      const message = new ArrayBuffer(24 + samples.length * 4);
      const bytes = new Uint8Array(message);
      for (let at = 0; at < 16; at += 1) bytes[at] = parseInt(id.slice(at * 2, at * 2 + 2), 16);
      new DataView(message).setBigUint64(16, BigInt(from), true);
      new Float32Array(message, 24).set(samples);
      socket.send(message);
    },
  };
}
