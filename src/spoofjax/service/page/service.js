// The requests that the page sends to its service.

export class ServiceError extends Error {}

export class Service {
  constructor() {
    this.token = "";
  }

  /** Return what the service says of itself: detector, limits, whether it needs a token. */
  async health() {
    return read(await fetch("/health"));
  }

  /** Return the answer about a Blob that holds an audio file. Throws ServiceError. */
  async score(recording) {
    const headers = { "Content-Type": "application/octet-stream" };
    return read(await this.fetch("/score", { method: "POST", body: recording, headers }));
  }

  /** Return how a detector in this browser listens. Throws ServiceError. */
  async settings() {
    return read(await this.fetch("/detector/settings.json"));
  }

  /** Return the detector's model as Uint8Array. Throws ServiceError. */
  async model() {
    const response = await this.fetch("/detector/model.onnx");
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : read(response);
  }

  async fetch(path, { headers = {}, ...options } = {}) {
    const token = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    try {
      return await fetch(path, { ...options, headers: { ...headers, ...token } });
    } catch {
      throw new ServiceError("The service cannot be reached. Is it still running?");
    }
  }

  /** Open a live connection; `onVerdict` gets each verdict, `onProblem` the reason for an end. */
  live(rate, onVerdict, onProblem) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/live`);
    socket.binaryType = "arraybuffer";
    const waiting = [];
    socket.onopen = () => {
      socket.send(JSON.stringify({ rate, token: this.token }));
      waiting.splice(0).forEach((samples) => socket.send(samples));
    };
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.error) onProblem(message.error);
      else onVerdict(message);
    };
    return {
      send(samples) {
        if (socket.readyState === WebSocket.OPEN) socket.send(samples);
        else if (socket.readyState === WebSocket.CONNECTING) waiting.push(samples);
      },
      close: () => socket.close(),
    };
  }
}

async function read(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ServiceError(answer.error || `Status ${response.status}.`);
  return answer;
}
