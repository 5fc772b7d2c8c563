// Single-key shortcuts: "g h" and the like. Silent inside inputs and dialogs; can be turned off (WCAG 2.1.4).
import { useEffect, useRef } from 'react';

const storageKey = 'millwright-shortcuts';
const sequenceMsMax = 1200;

export function areShortcutsOn(): boolean {
  return localStorage.getItem(storageKey) !== 'off';
}
export function setShortcuts(state: 'on' | 'off') {
  localStorage.setItem(storageKey, state);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, [role="dialog"]') !== null;
}

/** `bindings` maps "g h" or "?" to what it does. */
export function useShortcuts(bindings: Record<string, () => void>) {
  const current = useRef(bindings);
  current.current = bindings;
  useEffect(() => {
    let first = '';
    let firstAt = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !areShortcutsOn()) return;
      const isSecond = first !== '' && event.timeStamp - firstAt < sequenceMsMax;
      const combination = isSecond ? `${first} ${event.key}` : event.key;
      first = '';
      const action = current.current[combination];
      if (action) {
        event.preventDefault();
        action();
      } else if (Object.keys(current.current).some((keys) => keys.startsWith(`${event.key} `))) {
        first = event.key;
        firstAt = event.timeStamp;
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
