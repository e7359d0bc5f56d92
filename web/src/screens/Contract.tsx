import { useEffect, useRef, useState } from 'preact/hooks';
import type { Contract, Offer, Proposal, ProposalStatus, Signature } from '../api/wire';
import { useAction, useApp, useResource } from '../app';
import { parseContract } from '../format/contract';
import { formatDateShort, formatInstant } from '../format/date';
import { formatBRL } from '../format/money';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Facts, Heading, Notice, Skeleton } from '../ui/parts';

/** The fourth screen: the contract in full, and the signature. */
export function ContractScreen({ number }: { number: string }) {
  const { memory } = useApp();
  const { state, value, reload, ...rest } = useResource<Contract>(`/v1/me/contracts/${number}`);
  const chosen = memory.get('chosen');
  const offer = chosen?.contractNumber === number ? chosen.offer : undefined;
  return (
    <div class="reading">
      <Heading title={value && value.status !== 'CONTRACT_ISSUED' ? 'Seu contrato' : 'Leia e assine o contrato'} />
      {state === 'failed' && 'failure' in rest && <FailureNotice failure={rest.failure} onRetry={reload} />}
      {state === 'loading' && !value && <Skeleton lines={14} label="Carregando o contrato" />}
      {value && (
        <>
          {offer && <Terms offer={offer} />}
          <Paper contract={value} />
          <Download number={value.contractNumber} />
          {value.status === 'CONTRACT_ISSUED' || value.status === 'PROPOSAL_CREATED' ? (
            <Sign contract={value} offer={offer} reload={reload} />
          ) : (
            <Closed contract={value} status={value.status} />
          )}
        </>
      )}
    </div>
  );
}

function Terms({ offer }: { offer: Offer }) {
  const first = offer.schedule[0];
  return (
    <section class="card card--soft" aria-label="O que você está contratando">
      <Facts
        rows={[
          [
            'Você paga',
            offer.instalments > 1 && first
              ? `${offer.instalments}x de ${formatBRL(first.amountCentavos)}`
              : `${formatBRL(offer.totalCentavos)} à vista`,
          ],
          ['Total', formatBRL(offer.totalCentavos)],
          ['Primeiro vencimento', formatDateShort(offer.firstDueDate)],
        ]}
      />
    </section>
  );
}

function Paper({ contract }: { contract: Contract }) {
  const verified = useVerified(contract);
  return (
    <>
      {verified === false && (
        <Notice tone="bad" title="O texto recebido não confere com o registro">
          <p>Não assine. Atualize a página; se o aviso continuar, fale com a empresa.</p>
        </Notice>
      )}
      <article class="paper" aria-label={`Contrato ${contract.contractNumber}`}>
        {parseContract(contract.text).map(({ kind, text }, i) =>
          kind === 'heading' ? (
            <h2 key={i}>{text}</h2>
          ) : (
            <p key={i} class={kind === 'item' ? 'paper__item' : undefined}>
              {text}
            </p>
          ),
        )}
      </article>
      <p class="seal">
        <Icon name="document" />
        <span>
          {verified ? 'Texto íntegro, conferido neste aparelho. ' : ''}
          Código de integridade (SHA-256) <code>{contract.sha256}</code>
        </span>
      </p>
    </>
  );
}

/** Fetches the contract as a PDF. Its link stays, so that it can be saved or opened once more. */
function Download({ number }: { number: string }) {
  const { client } = useApp();
  const { busy, failure, run } = useAction();
  const [file, setFile] = useState<{ address: string; bytes: number }>();
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (!file) return;
    link.current?.click();
    link.current?.focus();
    return () => URL.revokeObjectURL(file.address);
  }, [file]);
  const fetchIt = () =>
    void run(
      () => client<Blob>(`/v1/me/contracts/${number}/pdf`, { pdf: true }),
      (pdf) => setFile({ address: URL.createObjectURL(pdf), bytes: pdf.size }),
    );
  return (
    <div class="download">
      {failure && <FailureNotice failure={failure} onRetry={fetchIt} />}
      <Button look="secondary" onClick={fetchIt} busy={busy} busyText="Baixando…">
        Baixar contrato em PDF
      </Button>
      {file && (
        <a ref={link} href={file.address} download={`contrato-${number}.pdf`}>
          contrato-{number}.pdf ({Math.max(1, Math.round(file.bytes / 1000))} kB)
        </a>
      )}
    </div>
  );
}

/** Hashes the text that is shown; undefined while unknown, or where the browser cannot. */
function useVerified(contract: Contract): boolean | undefined {
  const [verified, setVerified] = useState<boolean>();
  useEffect(() => {
    if (!globalThis.crypto?.subtle) return;
    let gone = false;
    void crypto.subtle.digest('SHA-256', new TextEncoder().encode(contract.text)).then((hash) => {
      const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
      if (!gone) setVerified(hex === contract.sha256);
    });
    return () => {
      gone = true;
    };
  }, [contract]);
  return verified;
}

function Sign({ contract, offer, reload }: { contract: Contract; offer: Offer | undefined; reload: () => void }) {
  const { client, go } = useApp();
  const [accepted, setAccepted] = useState(false);
  const [asked, setAsked] = useState(false);
  const signing = useAction();
  const leaving = useAction();
  const verified = useVerified(contract);
  const path = `/v1/me/contracts/${contract.contractNumber}/signature`;
  const sign = () => {
    setAsked(true);
    if (!accepted) return document.getElementById('accept')?.focus();
    void signing.run(
      () => client<Signature>(path, { method: 'POST', body: { sha256: contract.sha256, accepted: true } }),
      ({ agreementId, nextAction }) =>
        go(nextAction === 'pay' ? { screen: 'pay', agreementId, instalment: 1, method: 'pix' } : { screen: 'agreement', agreementId }, {
          replace: true,
        }),
    );
  };
  const giveUp = () =>
    void leaving.run(
      () => client<Proposal>(`/v1/me/proposals/${contract.proposalId}`, { method: 'DELETE' }),
      () => go({ screen: 'debts' }, { replace: true }),
    );
  const missing = asked && !accepted;
  const changed = signing.failure?.kind === 'problem' && signing.failure.problem.code === 'contract_changed';
  return (
    <section class="card card--raised sign" aria-label="Assinatura">
      {signing.failure && <FailureNotice failure={signing.failure} onRetry={changed ? reload : sign} />}
      {leaving.failure && <FailureNotice failure={leaving.failure} onRetry={giveUp} />}
      <label class={missing ? 'accept has-error' : 'accept'}>
        <input
          id="accept"
          type="checkbox"
          checked={accepted}
          onChange={(event) => setAccepted(event.currentTarget.checked)}
          aria-invalid={missing || undefined}
          aria-describedby={missing ? 'accept-error' : undefined}
        />
        <span>Li o contrato e concordo com tudo o que está escrito nele.</span>
      </label>
      {missing && (
        <p class="field__error" id="accept-error" role="alert">
          <Icon name="alert" /> Marque que leu e concorda para assinar.
        </p>
      )}
      <div class="actions">
        <Button onClick={sign} busy={signing.busy} busyText="Assinando…" disabled={verified === false || leaving.busy}>
          {offer
            ? `Assinar e pagar ${formatBRL(offer.schedule[0]?.amountCentavos ?? offer.totalCentavos)}`
            : 'Assinar e pagar'}
        </Button>
        <Button look="quiet" onClick={giveUp} busy={leaving.busy} disabled={signing.busy}>
          Não quero esta proposta
        </Button>
      </div>
      <p class="sign__until">Você pode assinar até {formatInstant(contract.expiresAt)}.</p>
    </section>
  );
}

const closedText: Partial<Record<ProposalStatus, string>> = {
  PROPOSAL_DENIED: 'A empresa não aprovou esta proposta. Suas dívidas estão livres para uma nova oferta.',
  CONTRACT_EXPIRED: 'O prazo para assinar este contrato terminou. Suas dívidas estão livres para uma nova oferta.',
  CONTRACT_REFUSED: 'Você desistiu desta proposta. Suas dívidas estão livres para uma nova oferta.',
};

function Closed({ contract, status }: { contract: Contract; status: ProposalStatus }) {
  const { go } = useApp();
  const { agreementId } = contract;
  if (status === 'CONTRACT_SIGNED' && agreementId) {
    return (
      <Notice tone="good" title="Contrato assinado">
        <Button look="secondary" onClick={() => go({ screen: 'agreement', agreementId })}>
          Ver acordo
        </Button>
      </Notice>
    );
  }
  return (
    <Notice tone="warn" title="Este contrato não vale mais">
      <p>{closedText[status]}</p>
      <Button look="secondary" onClick={() => go({ screen: 'debts' })}>
        Ver ofertas de agora
      </Button>
    </Notice>
  );
}
