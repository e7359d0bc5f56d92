import type { Pix } from '../api/wire';
import { CopyField } from '../ui/CopyField';

/** A PIX code to scan or to copy. The drawing is shown as an image, so that nothing in it can act on the page. */
export function PixCode({ pix }: { pix: Pix }) {
  return (
    <div class="pix">
      <div class="pix__copy">
        <CopyField
          id="br-code"
          label="PIX Copia e Cola"
          shown={pix.brCode}
          copied={pix.brCode}
          button="Copiar código PIX"
          next="Agora cole no aplicativo do seu banco, em PIX Copia e Cola."
        />
        <ol class="pix__how">
          <li>Abra o aplicativo do seu banco</li>
          <li>Escolha PIX e leia o QR Code, ou cole o código</li>
          <li>Confira o nome de quem recebe e confirme</li>
        </ol>
      </div>
      <img class="pix__qr" src={drawing(pix.qrSvg)} width="240" height="240" alt="QR Code do PIX para esta parcela" />
    </div>
  );
}

/** A drawing as the address of an image. */
export function drawing(svg: string): string {
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
