import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../ui/Icon';

/** A PIX code to scan or to copy. The drawing is shown as an image, so that nothing in it can act on the page. */
export function PixCode({ pix }: { pix: { brCode: string; qrSvg: string } }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (copied !== 'yes') return;
    const timer = setTimeout(() => setCopied('no'), 4000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(pix.brCode);
      setCopied('yes');
    } catch {
      field.current?.select();
      setCopied('failed');
    }
  };
  return (
    <div class="pix">
      <div class="pix__copy">
        <label class="field__label" for="br-code">
          PIX Copia e Cola
        </label>
        <textarea
          id="br-code"
          ref={field}
          class="pix__code"
          readOnly
          rows={3}
          value={pix.brCode}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" class={copied === 'yes' ? 'button button--done' : 'button button--primary'} onClick={copy}>
          <Icon name={copied === 'yes' ? 'check' : 'copy'} />
          <span>{copied === 'yes' ? 'Código copiado' : 'Copiar código PIX'}</span>
        </button>
        <p class="pix__said" role="status">
          {copied === 'yes' && 'Agora cole no aplicativo do seu banco, em PIX Copia e Cola.'}
          {copied === 'failed' && 'Seu navegador não deixou copiar. O código está selecionado: copie pelo menu.'}
        </p>
        <ol class="pix__how">
          <li>Abra o aplicativo do seu banco</li>
          <li>Escolha PIX e leia o QR Code, ou cole o código</li>
          <li>Confira o nome de quem recebe e confirme</li>
        </ol>
      </div>
      <img
        class="pix__qr"
        src={`data:image/svg+xml,${encodeURIComponent(pix.qrSvg)}`}
        width="240"
        height="240"
        alt="QR Code do PIX para esta parcela"
      />
    </div>
  );
}
