// Measures which tiles are on screen and how large, so that nothing is received for a tile that nobody sees.

export type TileSizes = ReadonlyMap<string, { width: number; height: number }>;

interface Seen {
  readonly key: string;
  width: number;
  height: number;
  /** Undefined until the browser has told whether it is on screen: a size alone does not say so. */
  visible: boolean | undefined;
}

/** A sliver is not worth a stream; less would start one while a tile scrolls away. */
const VISIBLE_SHARE = 0.1;

export class TileVisibility {
  readonly #report: (sizes: TileSizes) => void;
  readonly #seen = new Map<Element, Seen>();
  readonly #resizes = new ResizeObserver((entries) => this.#onResize(entries));
  readonly #crossings = new IntersectionObserver((entries) => this.#onCross(entries), {
    threshold: [0, VISIBLE_SHARE],
  });
  readonly #onTabChange = () => this.#schedule();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(report: (sizes: TileSizes) => void) {
    this.#report = report;
    document.addEventListener('visibilitychange', this.#onTabChange);
  }

  /** For `{@attach}`: watches one tile for as long as its element lives. */
  readonly watch = (key: string) => (element: Element) => {
    this.#seen.set(element, { key, width: 0, height: 0, visible: undefined });
    this.#resizes.observe(element);
    this.#crossings.observe(element);
    return () => {
      this.#seen.delete(element);
      this.#resizes.unobserve(element);
      this.#crossings.unobserve(element);
      this.#schedule();
    };
  };

  /** May be called twice. */
  close(): void {
    document.removeEventListener('visibilitychange', this.#onTabChange);
    this.#resizes.disconnect();
    this.#crossings.disconnect();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #onResize(entries: readonly ResizeObserverEntry[]): void {
    for (const { target, contentRect } of entries) {
      const seen = this.#seen.get(target);
      if (!seen) continue;
      seen.width = contentRect.width;
      seen.height = contentRect.height;
    }
    this.#schedule();
  }

  #onCross(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, intersectionRatio } of entries) {
      const seen = this.#seen.get(target);
      if (seen) seen.visible = isIntersecting && intersectionRatio >= VISIBLE_SHARE;
    }
    this.#schedule();
  }

  /** One report for all that changes in one turn. A timer and not a frame: a hidden tab draws no frames. */
  #schedule(): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      // A tile without its second measurement would be reported as unseen, and its stream be stopped or start late.
      if (document.hidden || [...this.#seen.values()].every((seen) => seen.visible !== undefined))
        this.#report(this.#sizes());
    }, 0);
  }

  #sizes(): TileSizes {
    const sizes = new Map<string, { width: number; height: number }>();
    if (document.hidden) return sizes;
    for (const { key, width, height, visible } of this.#seen.values()) {
      if (!visible || width < 1 || height < 1) continue;
      sizes.set(key, {
        width: Math.round(width * devicePixelRatio),
        height: Math.round(height * devicePixelRatio),
      });
    }
    return sizes;
  }
}
