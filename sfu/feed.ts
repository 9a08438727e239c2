// One stream on its way to one receiver: paused until wanted, then in the layers its tile needs.
import { setImmediate } from 'node:timers/promises';
import type { types } from 'mediasoup';
import { type Layers, layersFor, priorityFor, type Tile } from './layers.ts';
import type { Stream } from './peer.ts';

export class Feed {
  readonly #consumer: types.Consumer;
  readonly #stream: Stream;
  #layers: Layers | undefined;

  constructor(consumer: types.Consumer, stream: Stream) {
    this.#consumer = consumer;
    this.#stream = stream;
  }

  /** Undefined, or a video tile without area: paused. */
  async show(tile: Tile | undefined): Promise<void> {
    if (!tile) return this.#pause();
    if (this.#consumer.kind === 'audio') return this.#resume();
    const layers = layersFor(this.#stream.ladder, this.#stream.slot, tile);
    if (!layers) return this.#pause();
    // Before resuming: the key frame that resuming asks for is then one of the layer that will be shown.
    await this.#prefer(layers);
    await this.#resume();
  }

  requestKeyFrame(): Promise<void> {
    return this.#unlessEnded(() => this.#consumer.requestKeyFrame());
  }

  async #prefer(layers: Layers): Promise<void> {
    const before = this.#layers;
    const same =
      before?.spatialLayer === layers.spatialLayer && before.temporalLayer === layers.temporalLayer;
    if (same || this.#consumer.type === 'simple') return;
    this.#layers = layers;
    const priority = priorityFor(this.#stream.ladder, this.#stream.slot, layers);
    await this.#unlessEnded(() => this.#consumer.setPreferredLayers(layers));
    if (priority !== this.#consumer.priority)
      await this.#unlessEnded(() => this.#consumer.setPriority(priority));
  }

  async #pause(): Promise<void> {
    if (!this.#consumer.paused) await this.#unlessEnded(() => this.#consumer.pause());
  }

  /** For video the worker asks the sender for a key frame. */
  async #resume(): Promise<void> {
    if (this.#consumer.paused) await this.#unlessEnded(() => this.#consumer.resume());
  }

  /**
   * The worker ends a feed by itself when its stream ends, and refuses requests for it from then on. Its notice is
   * handed out one turn of the event loop after the answer to a request, so an error is judged after that turn.
   */
  async #unlessEnded(request: () => Promise<void>): Promise<void> {
    if (this.#consumer.closed) return;
    try {
      await request();
    } catch (error) {
      await setImmediate();
      if (!this.#consumer.closed) throw error;
    }
  }
}
