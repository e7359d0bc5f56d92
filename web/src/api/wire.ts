import type { Method } from '../route';

/** The answers of the API as docs/openapi.yaml defines them. */

export type NextAction =
  | 'log_in'
  | 'verify_code'
  | 'see_debts'
  | 'choose_offer'
  | 'sign_contract'
  | 'wait_review'
  | 'pay'
  | 'poll'
  | 'wait_due_date'
  | 'done'
  | 'retry'
  | 'contact_creditor';

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  /** The rule that a deal breaks, and the nearest offer that keeps it; with `deal_not_offered` only. */
  rule?: PolicyRule;
  alternative?: Offer;
  errors?: { field: string; message: string }[];
  retryAfterSeconds?: number;
  correlationId: string;
  nextAction: NextAction;
}

export interface PublicCreditor {
  id: string;
  name: string;
  document: string;
  brand: { primaryColor: string; accentColor: string; logoText: string };
  contacts: { phone: string; email: string; site: string };
  /** The ways in which the creditor takes money, the preferred one first. */
  paymentMethods: ('pix' | 'boleto' | 'debit')[];
  nextAction: NextAction;
}

export type Channel = 'email' | 'sms';

export interface Challenge {
  challengeId: string;
  channel: Channel;
  destination: string;
  expiresAt: string;
  resendAfterSeconds: number;
  nextAction: NextAction;
}

export interface Session {
  expiresAt: string;
  nextAction: NextAction;
}

export interface Entry {
  creditor: PublicCreditor;
  contractHint: string;
  nextAction: NextAction;
}

export type DebtStatus = 'OPEN' | 'IN_AGREEMENT' | 'SETTLED' | 'DISPUTED' | 'SUSPENDED' | 'RECALLED' | 'WRITTEN_OFF';

export interface Debt {
  debtId: string;
  contract: string;
  creditor: { name: string; document: string };
  description: string;
  dueDate: string;
  daysLate: number;
  principalCentavos: number;
  fineCentavos: number;
  interestCentavos: number;
  correctionCentavos: number;
  totalCentavos: number;
  status: DebtStatus;
}

export interface ScheduleRow {
  number: number;
  dueDate: string;
  amountCentavos: number;
}

export type ProposalStatus =
  | 'PROPOSAL_MANUAL_REVIEW'
  | 'PROPOSAL_DENIED'
  | 'PROPOSAL_CREATED'
  | 'CONTRACT_ISSUED'
  | 'CONTRACT_SIGNED'
  | 'CONTRACT_EXPIRED'
  | 'CONTRACT_REFUSED';

export interface ProposalSummary {
  proposalId: string;
  contractNumber: string;
  status: ProposalStatus;
  expiresAt: string;
}

export interface Proposal extends ProposalSummary {
  nextAction: NextAction;
}

export type AgreementStatus = 'PENDING_FIRST_PAYMENT' | 'ACTIVE' | 'FULFILLED' | 'BREACHED' | 'WITHDRAWN' | 'LAPSED';

export interface AgreementSummary {
  agreementId: string;
  contractNumber: string;
  status: AgreementStatus;
  totalCentavos: number;
  paidCentavos: number;
  nextInstalment?: ScheduleRow;
}

export interface DebtOverview {
  asOf: string;
  participant: { firstName: string };
  caseStatus: string;
  debts: Debt[];
  totalCentavos: number;
  proposals: ProposalSummary[];
  agreements: AgreementSummary[];
  nextAction: NextAction;
}

export interface Offer {
  offerId: string;
  kind: 'cash' | 'instalments';
  instalments: number;
  principalCentavos: number;
  fineCentavos: number;
  interestCentavos: number;
  correctionCentavos: number;
  discounts: { principalCentavos: number; fineCentavos: number; interestCentavos: number; correctionCentavos: number };
  discountCentavos: number;
  financingCentavos: number;
  iofCentavos: number;
  totalCentavos: number;
  monthlyRate: string;
  cetAnnual: string;
  firstDueDate: string;
  schedule: ScheduleRow[];
  expiresAt: string;
  reason: string;
}

export type PolicyRule =
  | 'max_instalments'
  | 'minimum_instalment'
  | 'first_due_date'
  | 'amount'
  | 'nothing_owed'
  | 'standing'
  | 'product_unknown'
  | 'product_type'
  | 'product_debts'
  | 'cost'
  | 'existential_minimum';

/** A deal that the participant puts together; at least one of `instalments` and `monthlyCentavos`. */
export interface SimulationRequest {
  debtIds: string[];
  instalments?: number;
  firstDueDate?: string;
  monthlyCentavos?: number;
  monthlyIncomeCentavos?: number;
}

export interface OfferList {
  asOf: string;
  debtIds: string[];
  originalCentavos: number;
  offers: Offer[];
  nextAction: NextAction;
}

export interface Contract {
  contractNumber: string;
  proposalId: string;
  status: ProposalStatus;
  text: string;
  sha256: string;
  expiresAt: string;
  agreementId?: string;
  nextAction: NextAction;
}

export interface Signature {
  status: ProposalStatus;
  agreementId: string;
  nextAction: NextAction;
}

export type InstalmentStatus = 'SCHEDULED' | 'DUE' | 'OVERDUE' | 'PAID' | 'PAID_LATE' | 'CANCELLED';

export interface Instalment extends ScheduleRow {
  paidCentavos: number;
  status: InstalmentStatus;
}

/** Why an agreement ended otherwise than by payment. */
export type EndReason = 'first_payment_missing' | 'instalment_overdue' | 'withdrawal' | 'recall';

/** What was asked of the creditor once the money came; `service` is a signal to restore, `plan` a plan to reactivate. */
export interface Aftercare {
  kind: 'service' | 'plan';
  status:
    | 'RESTORE_REQUESTED'
    | 'RESTORED'
    | 'RESTORE_FAILED'
    | 'RESTORE_CLOSED'
    | 'REACTIVATION_REQUESTED'
    | 'REACTIVATION_CONFIRMED'
    | 'REACTIVATION_REFUSED'
    | 'REACTIVATION_FAILED'
    | 'REACTIVATION_CLOSED';
  /** While it is open: until when the creditor has to answer. */
  answerBy?: string;
  /** What becomes of the waiting periods of a plan that came back. */
  benefit?: 'kept' | 'reduced' | 'none';
  /** The last day on which the benefit can be used. */
  benefitUntil?: string;
}

export interface Agreement {
  agreementId: string;
  contractNumber: string;
  status: AgreementStatus;
  totalCentavos: number;
  paidCentavos: number;
  excessCentavos: number;
  debtIds: string[];
  instalments: Instalment[];
  /** Ended agreements over the same debts, which this one takes the place of. */
  restructures?: string[];
  endReason?: EndReason;
  endedAt?: string;
  /** Until when the participant may withdraw; absent once that has passed. */
  withdrawableUntil?: string;
  aftercare?: Aftercare;
  nextAction: NextAction;
}

export type IntentStatus = 'REQUESTED' | 'ISSUED' | 'EXPIRED' | 'CANCELLED' | 'NOTICED' | 'CONFIRMED' | 'REFUNDED';

export interface Pix {
  brCode: string;
  qrSvg: string;
}

/** A boleto: its line to type, its bars, and where the whole slip can be read. */
export interface Slip {
  line: string;
  barcode: string;
  barcodeSvg: string;
  pdfUrl?: string;
}

/** The account that a participant authorises to be debited, and what else they agree to. */
export interface DebitRequest {
  bank: string;
  branch: string;
  account: string;
  document?: string;
  partialDebit: boolean;
  overdraft: boolean;
}

export interface PaymentIntent {
  paymentIntentId: string;
  agreementId: string;
  instalment: number;
  method: Method;
  status: IntentStatus;
  amountCentavos: number;
  expiresAt: string;
  pix?: Pix;
  boleto?: Slip;
  debit?: { mandateStatus: 'ACTIVE' | 'BROKEN' };
  confirmedAt?: string;
  nextAction: NextAction;
}
