import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './Icon';

interface Props {
  id: string;
  label: string;
  /** What is shown, and what goes to the clipboard. */
  shown: string;
  copied: string;
  button: string;
  /** What to do with it next, said once it is copied. */
  next: string;
}

/** A code to take along: shown in full, copied by a press, selected where the browser forbids to copy. */
export function CopyField({ id, label, shown, copied, button, next }: Props) {
  const [done, setDone] = useState<'no' | 'yes' | 'failed'>('no');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (done !== 'yes') return;
    const timer = setTimeout(() => setDone('no'), 4000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(copied);
      setDone('yes');
    } catch {
      field.current?.select();
      setDone('failed');
    }
  };
  return (
    <>
      <label class="field__label" for={id}>
        {label}
      </label>
      <textarea
        id={id}
        ref={field}
        class="pix__code"
        readOnly
        rows={3}
        value={shown}
        onFocus={(event) => event.currentTarget.select()}
      />
      <button type="button" class={done === 'yes' ? 'button button--done' : 'button button--primary'} onClick={copy}>
        <Icon name={done === 'yes' ? 'check' : 'copy'} />
        <span>{done === 'yes' ? 'Código copiado' : button}</span>
      </button>
      <p class="pix__said" role="status">
        {done === 'yes' && next}
        {done === 'failed' && 'Seu navegador não deixou copiar. O código está selecionado: copie pelo menu.'}
      </p>
    </>
  );
}
