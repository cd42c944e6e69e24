// Text that is typed here and kept in the address: what is typed is on the screen at once, the address follows; a change of the address from elsewhere (Back) wins.
import { useEffect, useRef, useState } from "react";
export function useTyped(outer: string, commit: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(outer);
  const sent = useRef<string[]>([]);     // on their way to the address, oldest first
  const seen = useRef(outer);
  useEffect(() => {
    if (outer === seen.current) return;
    seen.current = outer;
    const i = sent.current.indexOf(outer);
    if (i >= 0) sent.current = sent.current.slice(i + 1);
    else { sent.current = []; setText(outer); }
  }, [outer]);
  return [text, (t) => { setText(t); sent.current.push(t); commit(t); }];
}
