import { useEffect, useRef, useState } from 'preact/hooks';
import type { Failure } from '../api/client';
import type { DebitRequest } from '../api/wire';
import { useApp } from '../app';
import { onlyDigits } from '../format/taxid';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Field } from '../ui/parts';

interface Props {
  busy: boolean;
  failure: Failure | undefined;
  onSend: (debit: DebitRequest) => void;
}

type AccountField = 'bank' | 'branch' | 'account';
type Errors = Partial<Record<AccountField | 'consent', string>>;

/** Asks for the account to debit and for the consents, each apart (CMN Resolution 4.790/2020): only the first is needed. */
export function DebitForm({ busy, failure, onSend }: Props) {
  const { creditor } = useApp();
  const [account, setAccount] = useState({ bank: '', branch: '', account: '' });
  const [agreed, setAgreed] = useState({ debit: false, partialDebit: false, overdraft: false });
  const [errors, setErrors] = useState<Errors>({});
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => setErrors(toldBy(failure)), [failure]);
  const wrong = Object.keys(errors).join();
  useEffect(() => {
    if (wrong !== '') form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [wrong]);

  const set = (field: AccountField, length: number) => (text: string) => {
    setAccount((now) => ({ ...now, [field]: onlyDigits(text, length) }));
    setErrors(({ [field]: _, ...rest }) => rest);
  };
  const send = () => {
    const found = check(account, agreed.debit);
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    onSend({ ...account, branch: account.branch.padStart(4, '0'), partialDebit: agreed.partialDebit, overdraft: agreed.overdraft });
  };

  return (
    <form
      ref={form}
      class="card card--raised"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <h2 class="card__title">Conta a debitar</h2>
      <p class="card__note">A conta precisa estar no seu nome. Nunca pedimos senha.</p>
      {failure && wrong === '' && <FailureNotice failure={failure} onRetry={send} />}
      <div class="sim__pair">
        <Field
          id="debit-bank"
          label="Banco"
          hint="Código de 3 números, como 001"
          inputMode="numeric"
          value={account.bank}
          error={errors.bank}
          onInput={set('bank', 3)}
        />
        <Field
          id="debit-branch"
          label="Agência"
          hint="Sem o dígito"
          inputMode="numeric"
          value={account.branch}
          error={errors.branch}
          onInput={set('branch', 4)}
        />
      </div>
      <Field
        id="debit-account"
        label="Conta com o dígito"
        hint="Só números"
        inputMode="numeric"
        value={account.account}
        error={errors.account}
        onInput={set('account', 14)}
      />
      <fieldset class="consents">
        <legend>Sua autorização</legend>
        <Consent
          id="consent-debit"
          checked={agreed.debit}
          error={errors.consent}
          onChange={(debit) => {
            setAgreed({ ...agreed, debit });
            setErrors(({ consent: _, ...rest }) => rest);
          }}
        >
          Autorizo {creditor?.name ?? 'a empresa'} a debitar desta conta as parcelas deste acordo, nas datas e nos valores do contrato.
          Posso cancelar a autorização quando quiser, no meu banco ou com a empresa.
        </Consent>
        <p class="card__note">As duas seguintes são opcionais:</p>
        <Consent
          id="consent-part"
          checked={agreed.partialDebit}
          onChange={(partialDebit) => setAgreed({ ...agreed, partialDebit })}
        >
          Se uma parcela atrasar e o saldo não bastar, aceito o débito de uma parte do valor.
        </Consent>
        <Consent id="consent-limit" checked={agreed.overdraft} onChange={(overdraft) => setAgreed({ ...agreed, overdraft })}>
          Aceito que o débito use o limite do cheque especial, com os juros do meu banco.
        </Consent>
      </fieldset>
      <Button type="submit" busy={busy} busyText="Enviando…">
        Autorizar débito
      </Button>
    </form>
  );
}

interface ConsentProps {
  id: string;
  checked: boolean;
  error?: string | undefined;
  onChange: (checked: boolean) => void;
  children: preact.ComponentChildren;
}

function Consent({ id, checked, error, onChange, children }: ConsentProps) {
  return (
    <>
      <label class={error ? 'accept has-error' : 'accept'}>
        <input
          id={id}
          type="checkbox"
          checked={checked}
          onChange={(event) => onChange(event.currentTarget.checked)}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
        />
        <span>{children}</span>
      </label>
      {error && (
        <p class="field__error" id={`${id}-error`}>
          <Icon name="alert" /> {error}
        </p>
      )}
    </>
  );
}

function check(account: Record<AccountField, string>, agreed: boolean): Errors {
  const errors: Errors = {};
  if (account.bank.length !== 3) errors.bank = 'Digite os 3 números do código do banco.';
  if (!/\d/.test(account.branch)) errors.branch = 'Digite o número da agência.';
  if (!/\d/.test(account.account)) errors.account = 'Digite o número da conta com o dígito.';
  if (!agreed) errors.consent = 'Sem a sua autorização não há débito.';
  return errors;
}

/** What the API says against the account, beside its field. */
function toldBy(failure: Failure | undefined): Errors {
  if (failure?.kind !== 'problem') return {};
  const errors: Errors = {};
  for (const { field, message } of failure.problem.errors ?? []) {
    if (field === 'debit.bank') errors.bank = message;
    if (field === 'debit.branch') errors.branch = message;
    if (field === 'debit.account') errors.account = message;
  }
  return errors;
}
