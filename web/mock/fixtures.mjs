import { createHash } from 'node:crypto';

// The case that the mock of the API tells: three debts of one participant at a health plan.

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID-shaped id that is the same for the same words. */
export function idOf(words) {
  const hash = createHash('sha256').update(words).digest();
  return `0${Array.from(hash.subarray(0, 25), (byte) => alphabet[byte % 32]).join('')}`;
}

export const creditors = [
  creditor('vida-plena', 'Vida Plena Saúde', '11.222.333/0001-81', '#0B5D4E', '#F2A516', 'Vida Plena'),
  creditor('canal-azul', 'Canal Azul TV por Assinatura', '11.444.777/0001-61', '#1546A0', '#F9B233', 'Canal Azul'),
  creditor('credi-norte', 'Credi Norte Financeira', '45.997.418/0001-53', '#FFC400', '#3A2E7A', 'Credi Norte'),
];

function creditor(id, name, document, primaryColor, accentColor, logoText) {
  const contacts = { phone: '0800 000 0101', email: `atendimento@${id}.example`, site: `https://${id}.example` };
  return { id, name, document, brand: { primaryColor, accentColor, logoText }, contacts, nextAction: 'log_in' };
}

const { name, document } = creditors[0];

export function debts() {
  return [
    debt('Mensalidade de julho de 2026', '2026-07-10', 136, 48990, 980, 2221),
    debt('Mensalidade de agosto de 2026', '2026-08-10', 105, 48990, 980, 1715),
    debt('Coparticipação de exames', '2026-09-10', 74, 12345, 247, 304),
  ];
}

function debt(description, dueDate, daysLate, principalCentavos, fineCentavos, interestCentavos) {
  return {
    debtId: idOf(description),
    contract: 'VP-2024-000123',
    creditor: { name, document },
    description,
    dueDate,
    daysLate,
    principalCentavos,
    fineCentavos,
    interestCentavos,
    correctionCentavos: 0,
    totalCentavos: principalCentavos + fineCentavos + interestCentavos,
    status: 'OPEN',
  };
}

const sum = (rows, field) => rows.reduce((total, row) => total + row[field], 0);

/** The offers for some debts: cash with a discount, up to six instalments without interest, then with interest. */
export function offersFor(chosen, now) {
  const principal = sum(chosen, 'principalCentavos');
  const fine = sum(chosen, 'fineCentavos');
  const interest = sum(chosen, 'interestCentavos');
  const base = { principalCentavos: principal, fineCentavos: fine, interestCentavos: interest, correctionCentavos: 0 };
  const plans = [2, 3, 4, 5, 6, 8, 10, 12, 18, 24];
  return [
    offer(
      now,
      { ...base, discountCentavos: fine + interest },
      1,
      '0',
      '0.00',
      'À vista, a multa e os juros ficam por nossa conta.',
    ),
    ...plans.map((n) =>
      n <= 6
        ? offer(now, { ...base, discountCentavos: 0 }, n, '0', '0.00', `Até 6 vezes sem juros: você paga só o que deve hoje.`)
        : offer(
            now,
            { ...base, discountCentavos: 0, financingCentavos: 431 * n, iofCentavos: 37 * n },
            n,
            '0.005',
            '6.17',
            'Parcelas menores, com juros de 0,5% ao mês.',
          ),
    ),
  ];
}

function offer(now, parts, instalments, monthlyRate, cetAnnual, reason) {
  const { discountCentavos = 0, financingCentavos = 0, iofCentavos = 0 } = parts;
  const totalCentavos =
    parts.principalCentavos + parts.fineCentavos + parts.interestCentavos - discountCentavos + financingCentavos + iofCentavos;
  const schedule = scheduleOf(totalCentavos, instalments, now);
  return {
    offerId: `v1.${idOf(`${totalCentavos}/${instalments}/${parts.principalCentavos}`)}.sealed`,
    kind: instalments === 1 ? 'cash' : 'instalments',
    instalments,
    ...parts,
    discounts: {
      principalCentavos: 0,
      fineCentavos: discountCentavos > 0 ? parts.fineCentavos : 0,
      interestCentavos: discountCentavos > 0 ? parts.interestCentavos : 0,
      correctionCentavos: 0,
    },
    discountCentavos,
    financingCentavos,
    iofCentavos,
    totalCentavos,
    monthlyRate,
    cetAnnual,
    firstDueDate: schedule[0].dueDate,
    schedule,
    expiresAt: instant(now + 2 * 3_600_000),
    reason,
  };
}

function scheduleOf(total, instalments, now) {
  const part = Math.floor(total / instalments);
  return Array.from({ length: instalments }, (_, i) => {
    const due = new Date(now + 86_400_000);
    due.setUTCMonth(due.getUTCMonth() + i);
    return {
      number: i + 1,
      dueDate: due.toISOString().slice(0, 10),
      amountCentavos: i === 0 ? total - part * (instalments - 1) : part,
    };
  });
}

/** RFC 3339 with whole seconds. */
export function instant(milliseconds) {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export const contractText = `INSTRUMENTO PARTICULAR DE CONFISSÃO E RENEGOCIAÇÃO DE DÍVIDA

1. PARTES
Credora: Vida Plena Saúde, CNPJ 11.222.333/0001-81.
Devedora: Mariana Duarte Lima, CPF 529.982.247-25.

2. DÍVIDA RECONHECIDA
A devedora reconhece dever à credora, por mensalidades e coparticipações do contrato VP-2024-000123,
o valor original de R$ 1.103,25, acrescido de multa e juros de mora, como se vê no quadro resumo.

3. FORMA DE PAGAMENTO
O valor acordado será pago por PIX, nas datas e nos valores do quadro resumo.
O pagamento de cada parcela é confirmado pelo banco e registrado no mesmo instante.

4. FALTA DE PAGAMENTO
Se uma parcela ficar sem pagamento além da tolerância prevista,
o acordo se desfaz, o desconto deixa de valer e o que já foi pago é abatido da dívida original.

5. NOVAÇÃO
Este instrumento não faz novação: a dívida original só se extingue com o pagamento de tudo o que foi acordado.

6. PROTEÇÃO DE DADOS
Os dados são tratados para a execução deste contrato e para o cumprimento de obrigação legal.

7. ARREPENDIMENTO
A devedora pode desistir em sete dias, sem custo, pelos canais de atendimento da credora.
`;

export const contractHash = createHash('sha256').update(contractText, 'utf8').digest('hex');

/** Stands for a QR code: the right look, without the content. */
export function qrSvg() {
  const cells = createHash('sha512').update('qr').digest();
  let path = 'M0 0h7v7h-7zM26 0h7v7h-7zM0 26h7v7h-7z';
  for (let y = 0; y < 33; y++) {
    for (let x = 0; x < 33; x++) {
      const corner = (x < 9 && y < 9) || (x > 23 && y < 9) || (x < 9 && y > 23);
      if (!corner && ((cells[(x * 7 + y * 3) % 64] >> y % 8) & 1) === 1) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  const open = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 37 37" shape-rendering="crispEdges">';
  return `${open}<path fill="#fff" d="M-2-2h37v37h-37z"/><path d="${path}"/></svg>`;
}

export const brCode =
  '00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000' +
  '52040000530398654071103.255802BR5916VIDA PLENA SAUDE6009SAO PAULO62070503***6304A1B2';
