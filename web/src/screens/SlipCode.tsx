import type { Slip } from '../api/wire';
import { formatLine } from '../format/slip';
import { CopyField } from '../ui/CopyField';
import { Icon } from '../ui/Icon';
import { drawing } from './PixCode';

/** A boleto to copy, to scan or to open. Its bars say nothing that the line does not. */
export function SlipCode({ slip }: { slip: Slip }) {
  return (
    <div class="slip">
      <CopyField
        id="slip-line"
        label="Linha digitável"
        shown={formatLine(slip.line)}
        copied={slip.line.replace(/\D/g, '')}
        button="Copiar linha digitável"
        next="Agora cole no aplicativo do seu banco, em Pagar boleto."
      />
      <div class="slip__bars" role="group" tabIndex={0} aria-label="Código de barras, em tamanho de leitura">
        <img src={drawing(slip.barcodeSvg)} alt={`Código de barras do boleto: ${slip.barcode}`} />
      </div>
      {slip.pdfUrl && (
        <a class="button button--secondary" href={slip.pdfUrl} target="_blank" rel="noopener noreferrer">
          <Icon name="document" />
          <span>
            Abrir o boleto completo<span class="sr-only"> (abre em outra aba)</span>
          </span>
        </a>
      )}
      <ol class="pix__how">
        <li>Abra o aplicativo do seu banco, ou vá a uma agência ou lotérica</li>
        <li>Cole a linha digitável ou leia o código de barras</li>
        <li>Confira o valor e o nome de quem recebe, e confirme</li>
      </ol>
    </div>
  );
}
