import { createHash } from 'node:crypto';

// The case that the mock of the API tells: three debts of one participant at a health plan.

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID-shaped id that is the same for the same words. */
export function idOf(words) {
  const hash = createHash('sha256').update(words).digest();
  return `0${Array.from(hash.subarray(0, 25), (byte) => alphabet[byte % 32]).join('')}`;
}

/** The named fields of an object. */
export const pick = (from, ...fields) => Object.fromEntries(fields.map((field) => [field, from[field]]));

export const creditors = [
  creditor('vida-plena', 'Vida Plena Saúde', '11.222.333/0001-81', '#0B5D4E', '#F2A516', 'Vida Plena'),
  creditor('canal-azul', 'Canal Azul TV por Assinatura', '11.444.777/0001-61', '#1546A0', '#F9B233', 'Canal Azul'),
  creditor('credi-norte', 'Credi Norte Financeira', '45.997.418/0001-53', '#FFC400', '#3A2E7A', 'Credi Norte'),
];

function creditor(id, name, document, primaryColor, accentColor, logoText) {
  const contacts = { phone: '0800 000 0101', email: `atendimento@${id}.example`, site: `https://${id}.example` };
  return { id, name, document, brand: { primaryColor, accentColor, logoText }, contacts, paymentMethods: ['pix', 'boleto', 'debit'], nextAction: 'log_in' };
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

/** The plan of some debts in so many instalments: cash with a discount, up to six without interest, then with interest. */
export function planFor(chosen, instalments, now, firstDue = now + 86_400_000) {
  const base = {
    principalCentavos: sum(chosen, 'principalCentavos'),
    fineCentavos: sum(chosen, 'fineCentavos'),
    interestCentavos: sum(chosen, 'interestCentavos'),
    correctionCentavos: 0,
  };
  const terms = { ...base, instalments, now, firstDue };
  if (instalments === 1) {
    const discounts = { ...noDiscount, fineCentavos: base.fineCentavos, interestCentavos: base.interestCentavos };
    return offer({ ...terms, discounts, reason: 'À vista, a multa e os juros ficam por nossa conta.' });
  }
  if (instalments <= 6) return offer({ ...terms, reason: 'Até 6 vezes sem juros: você paga só o que deve hoje.' });
  const interest = { financingCentavos: 431 * instalments, iofCentavos: 37 * instalments, monthlyRate: '0.005', cetAnnual: '6.17' };
  return offer({ ...terms, ...interest, table: 'price', reason: 'Parcelas menores, com juros de 0,5% ao mês.' });
}

/** The offers for some debts, best first. */
export function offersFor(chosen, now) {
  return [1, 2, 3, 4, 5, 6, 8, 10, 12, 18, 24].map((instalments) => planFor(chosen, instalments, now));
}

const noDiscount = { principalCentavos: 0, fineCentavos: 0, interestCentavos: 0, correctionCentavos: 0 };

function offer({ now, firstDue, instalments, ...parts }) {
  const terms = { discounts: noDiscount, financingCentavos: 0, iofCentavos: 0, monthlyRate: '0', cetAnnual: '0.00', ...parts };
  const owed = terms.principalCentavos + terms.fineCentavos + terms.interestCentavos;
  const discountCentavos = Object.values(terms.discounts).reduce((total, one) => total + one, 0);
  const totalCentavos = owed - discountCentavos + terms.financingCentavos + terms.iofCentavos;
  const schedule = scheduleOf(totalCentavos, instalments, firstDue);
  return {
    offerId: `v1.${idOf(`${totalCentavos}/${instalments}/${terms.principalCentavos}/${schedule[0].dueDate}`)}.sealed`,
    kind: instalments === 1 ? 'cash' : 'instalments',
    instalments,
    ...terms,
    discountCentavos,
    totalCentavos,
    firstDueDate: schedule[0].dueDate,
    schedule,
    expiresAt: instant(now + 2 * 3_600_000),
  };
}

function scheduleOf(total, instalments, firstDue) {
  const part = Math.floor(total / instalments);
  return Array.from({ length: instalments }, (_, i) => {
    const due = new Date(firstDue);
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

/** The smallest document that readers open: one empty page. */
export const contractPdf = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
`;

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

/** The slip of the Central Bank's own example, with bars of the right look. */
export const slip = {
  line: '00190500954014481606906809350314337370000000100',
  barcode: '00193373700000001000500940144816060680935031',
  barcodeSvg: bars('00193373700000001000500940144816060680935031'),
};

function bars(digits) {
  let x = 10;
  let path = 'M0 0';
  for (const digit of digits) {
    for (const width of [1, Number(digit) % 2 ? 3 : 1, 1, Number(digit) > 4 ? 3 : 1]) {
      path += `M${x} 0h${width}v50h-${width}z`;
      x += width + 1;
    }
  }
  const open = '<svg xmlns="http://www.w3.org/2000/svg" preserveAspectRatio="none" shape-rendering="crispEdges"';
  return `${open} viewBox="0 0 ${x + 10} 50"><path fill="#000" d="${path}"/></svg>`;
}
