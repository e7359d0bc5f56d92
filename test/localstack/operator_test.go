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
	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/vault"
)

// brief is a creditor whose payment codes live for seconds, so that a journey can wait for the end of one.
const brief = "credora-breve"

// creditorFile is one creditor to import, and its account at the sandbox bank.
type creditorFile struct {
	id, account string
	text        []byte
}

// creditors are those of the sample, and brief.
func (d *deployment) creditors() []creditorFile {
	d.t.Helper()
	docs, err := demo.CreditorFiles()
	if err != nil {
		d.t.Fatal(err)
	}
	var out []creditorFile
	for _, doc := range docs {
		var file map[string]any
		if err := json.Unmarshal(doc, &file); err != nil {
			d.t.Fatal(err)
		}
		id := file["id"].(string)
		out = append(out, creditorFile{id, id, doc})
		if id != "credora" {
			continue
		}
		file["id"] = brief
		file["policy"].(map[string]any)["paymentCodeLife"] = "PT5S"
		for _, route := range file["payments"].([]any) {
			route.(map[string]any)["account"] = brief
		}
		text, err := json.Marshal(file)
		if err != nil {
			d.t.Fatal(err)
		}
		out = append(out, creditorFile{brief, brief, text})
	}
	return out
}

// parts is what an operator reaches the deployment with.
func (d *deployment) parts() app.Parts {
	return app.Parts{
		Config: app.Config{Stage: stage, Region: region, Account: account}, AWS: d.cloud, Now: time.Now, Chance: rand.Reader,
		Log: slog.New(slog.DiscardHandler),
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
	safe := d.parts().Vault()
	for _, c := range d.creditors() {
		key, err := safe.NewKey(ctx, collection.CreditorID(c.id), vault.AccountScope(provider.Sandbox, c.account))
		if err != nil {
			return fmt.Errorf("make key of account: %w", err)
		}
		entry := bank.Account{
			Name: c.account, APIToken: hex.EncodeToString(drawn()),
			SigningSecrets: []string{"whsec_" + base64.StdEncoding.EncodeToString(drawn())},
		}
		d.accounts = append(d.accounts, entry)
		err = d.putSecret(ctx, contract.ProviderSecret(provider.Sandbox, c.account), map[string]any{
			"creditor": c.id, "signingSecrets": entry.SigningSecrets, "apiToken": entry.APIToken,
			"wrappedKey": base64.StdEncoding.EncodeToString(key.Wrapped),
		})
		if err != nil {
			return err
		}
	}
	clk := clock.Real()
	d.t.Cleanup(clk.Close)
	var err error
	if d.bank, err = bank.New(clk, store.Memory(), nil, d.accounts...); err != nil { // nothing is paid at it, so it has nothing to report
		return fmt.Errorf("open the sandbox bank: %w", err)
	}
	_, err = ses.NewFromConfig(d.cloud).VerifyEmailIdentity(ctx, &ses.VerifyEmailIdentityInput{EmailAddress: aws.String(mailFrom)})
	if err != nil {
		return fmt.Errorf("verify the sender: %w", err)
	}
	return nil
}

func (d *deployment) putSecret(ctx context.Context, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode secret: %w", err)
	}
	_, err = secretsmanager.NewFromConfig(d.cloud).PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: aws.String(physical(name)), SecretString: aws.String(string(text)),
	})
	if err != nil {
		return fmt.Errorf("put secret %s: %w", name, err)
	}
	return nil
}

func drawn() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, as crypto/rand says
	return b
}

// debtor is an invented participant from São Paulo, with one contract of two debts, 46 and 76 days late.
type debtor struct {
	creditor, document, contract, name, email, phone string
}

// invent makes the n-th participant of a creditor.
func invent(creditor string, n int) debtor {
	return debtor{
		creditor: creditor, document: cpf(n), contract: fmt.Sprintf("LS-%06d", n), name: fmt.Sprintf("Zenaide Quintanilha %d", n),
		email: fmt.Sprintf("pessoa%d@correio.example", n), phone: fmt.Sprintf("+5511987%06d", n),
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
		for i := range 2 {
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
