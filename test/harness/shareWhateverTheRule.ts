// Run in a page before anything else.

/** A page whose group worker is not believed when it says that only hosts may share. */
export function shareWhateverTheRule(): void {
  const { get } = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data') ?? {};
  Object.defineProperty(MessageEvent.prototype, 'data', {
    get(this: MessageEvent) {
      const data = get?.call(this);
      if (data?.type === 'view') data.view.settings.share = 'everyone';
      return data;
    },
  });
}
