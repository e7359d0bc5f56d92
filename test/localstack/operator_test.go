package localstack_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ses"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/parties"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/secrets"
)

// The creditors beside those of the sample.
const (
	brief     = "credora-breve" // payment codes live for seconds, so that a journey can wait for the end of one
	yesterday = "credora-ontem" // its bank lives a day ago, and tells nobody of payments
	debiting  = "credora-conta" // debits accounts too
	listener  = "tv-ouvinte"    // its own system is told of every event
)

// creditorFile is one creditor to import, and its accounts.
type creditorFile struct {
	id       string
	text     []byte
	accounts []collection.ProviderAccount
}

// creditors are those of the sample and the four others.
func (d *deployment) creditors() []creditorFile {
	d.t.Helper()
	docs, err := demo.CreditorFiles()
	if err != nil {
		d.t.Fatal(err)
	}
	var out []creditorFile
	for _, doc := range docs {
		var file struct{ ID string }
		if err := json.Unmarshal(doc, &file); err != nil {
			d.t.Fatal(err)
		}
		out = append(out, d.variant(doc, file.ID, func(map[string]any) {}))
		switch file.ID {
		case "credora":
			out = append(out, d.variant(doc, brief, func(file map[string]any) {
				file["policy"].(map[string]any)["paymentCodeLife"] = "PT5S"
			}), d.variant(doc, yesterday, func(file map[string]any) {
				file["policy"].(map[string]any)["paymentCodeLife"] = "PT72H"
			}), d.variant(doc, debiting, func(file map[string]any) {
				byPix := file["payments"].([]any)[0]
				file["payments"] = []any{byPix, map[string]any{"method": "debit", "provider": provider.Debit, "account": debiting + "-001"}}
			}))
		case "tv-horizonte":
			out = append(out, d.variant(doc, listener, func(file map[string]any) {
				file["webhooks"] = map[string]any{"url": d.system.url, "events": contract.WebhookEvents()}
			}))
		}
	}
	return out
}

// variant changes a file and gives it a name of its own, with accounts of that name.
func (d *deployment) variant(doc []byte, id string, change func(file map[string]any)) creditorFile {
	d.t.Helper()
	var file map[string]any
	if err := json.Unmarshal(doc, &file); err != nil {
		d.t.Fatal(err)
	}
	file["id"] = id
	for _, route := range file["payments"].([]any) {
		if r := route.(map[string]any); r["provider"] == provider.Sandbox {
			r["account"] = id
		} else {
			r["account"] = id + "-001"
		}
	}
	change(file)
	text, err := json.Marshal(file)
	if err != nil {
		d.t.Fatal(err)
	}
	parsed, err := creditor.Parse(text)
	if err != nil {
		d.t.Fatal(err)
	}
	return creditorFile{id, text, parsed.Accounts()}
}

// parts is what an operator reaches the deployment with.
func (d *deployment) parts() app.Parts {
	return app.Parts{
		Config: app.Config{
			Stage: stage, Region: region, Account: account, PortalURL: portalURL, MailFrom: mailFrom, CookieName: "regua", CookieInsecure: true,
			SandboxURL: d.bankURL,
		},
		AWS: d.cloud, Now: time.Now, Chance: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}
}

func physical(name string) string { return contract.Prefix(stage) + name }

// enterSecrets does what docs/deploy.md has an operator do after the first deployment: the deployment's keys, the accounts at the
// provider, and the sender's address.
func (d *deployment) enterSecrets(ctx context.Context) error {
	keys := map[string]string{}
	for _, name := range []string{"index", "person", "pepper", "offer", "mask"} {
		keys[name] = base64.StdEncoding.EncodeToString(drawn())
	}
	if err := d.putSecret(ctx, contract.KeysSecret, keys); err != nil {
		return err
	}
	for _, c := range d.creditors() {
		for _, at := range c.accounts {
			if err := d.enterAccount(ctx, collection.CreditorID(c.id), at); err != nil {
				return err
			}
		}
	}
	text, err := secrets.EncodeSigning(secrets.Signing{Webhook: []string{d.system.secret}, Callback: []string{signingSecret()}})
	if err != nil {
		return fmt.Errorf("encode signing: %w", err)
	}
	if err := d.putText(ctx, contract.CreditorSecret(listener), text); err != nil {
		return err
	}
	if err := d.openBanks(); err != nil {
		return err
	}
	_, err = ses.NewFromConfig(d.cloud).VerifyEmailIdentity(ctx, &ses.VerifyEmailIdentityInput{EmailAddress: aws.String(mailFrom)})
	if err != nil {
		return fmt.Errorf("verify the sender: %w", err)
	}
	return nil
}

func (d *deployment) enterAccount(ctx context.Context, creditor collection.CreditorID, at collection.ProviderAccount) error {
	given := secrets.Given{Debit: parties.DebitAgreement(at.Account)}
	if at.Provider == provider.Sandbox {
		entry := bank.Account{Name: at.Account, APIToken: hex.EncodeToString(drawn()), SigningSecrets: []string{signingSecret()}}
		d.accounts = append(d.accounts, entry)
		given = secrets.Given{SigningSecrets: entry.SigningSecrets, APIToken: entry.APIToken}
	}
	text, err := app.AccountSecret(ctx, d.parts().Vault(), creditor, at, given)
	if err != nil {
		return fmt.Errorf("make secret of account: %w", err)
	}
	return d.putText(ctx, contract.ProviderSecret(at.Provider, at.Account), text)
}

func (d *deployment) putSecret(ctx context.Context, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode secret: %w", err)
	}
	return d.putText(ctx, name, string(text))
}

func (d *deployment) putText(ctx context.Context, name, text string) error {
	_, err := secretsmanager.NewFromConfig(d.cloud).PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: aws.String(physical(name)), SecretString: aws.String(text),
	})
	if err != nil {
		return fmt.Errorf("put secret %s: %w", name, err)
	}
	return nil
}

func signingSecret() string { return "whsec_" + base64.StdEncoding.EncodeToString(drawn()) }

func drawn() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, as crypto/rand says
	return b
}

// debtor is an invented participant from São Paulo, with one contract of two debts, 46 and 76 days late, or of more, each a month older.
type debtor struct {
	creditor, document, contract, name, email, phone string
	debts                                            int
}

// invent makes the n-th participant of a creditor.
func invent(creditor string, n int) debtor {
	return debtor{
		creditor: creditor, document: cpf(n), contract: fmt.Sprintf("LS-%06d", n), name: fmt.Sprintf("Zenaide Quintanilha %d", n),
		email: fmt.Sprintf("pessoa%d@correio.example", n), phone: fmt.Sprintf("+5511987%06d", n), debts: 2,
	}
}

// cpf gives the n-th CPF number with right check digits (weights 10..2 and 11..2, modulo 11).
func cpf(n int) string {
	digits := fmt.Sprintf("%09d", 100_000_000+n*37)
	for len(digits) < 11 {
		sum := 0
		for i := range len(digits) {
			sum += int(digits[i]-'0') * (len(digits) + 1 - i)
		}
		digits += strconv.Itoa((11 - sum%11) % 11 % 10)
	}
	return digits
}

// importPortfolio takes in the creditors and the participants' debts by the operator's command line.
func (d *deployment) importPortfolio(people []debtor) error {
	args := []string{"import", "-endpoint", d.endpoint, "-stage", stage, "-account", account}
	for _, c := range d.creditors() {
		name := filepath.Join(d.folder, c.id+".json")
		if err := os.WriteFile(name, c.text, 0o600); err != nil {
			return fmt.Errorf("write creditor: %w", err)
		}
		args = append(args, "-creditor", name)
	}
	rows := [][]string{{
		"creditor_id", "contract_number", "participant_document", "participant_name", "birth_date", "email", "phone", "participant_status",
		"product", "debt_id", "description", "due_date", "principal_centavos", "state", "city", "address",
	}}
	today := offer.Today(time.Now())
	for _, p := range people {
		for i := range p.debts {
			rows = append(rows, []string{
				p.creditor, p.contract, p.document, p.name, "1961-07-19", p.email, p.phone, "active", "Plano", fmt.Sprintf("%s-%d", p.contract, i),
				"Mensalidade em atraso", today.AddDays(-46 - 30*i).String(), "50000", "SP", "Itaquaquecetuba", "Rua das Jabuticabeiras, 77",
			})
		}
	}
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
		return fmt.Errorf("write portfolio: %w", err)
	}
	name := filepath.Join(d.folder, "portfolio.csv")
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write portfolio: %w", err)
	}
	d.imported = time.Now()
	_, err := d.run(d.folder, nil, d.ops, append(args, name)...)
	return err
}
