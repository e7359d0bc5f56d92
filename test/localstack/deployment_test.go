package localstack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/test/localstack"
)

// Where Core is deployed.
const (
	stage   = "local"
	region  = "us-east-1"
	account = "000000000000"

	coreStack = "Core"
	portalURL = "https://portal.example"
	mailFrom  = "nao-responda@portal.example"
)

// The variables that lead the suite to a LocalStack that somebody else runs, as deploy/docker.env sets them: its address, the address that
// the sandbox bank listens on, and the one at which the functions find it. Without the first, the suite runs one of its own.
const (
	endpointVariable = "REGUA_LOCALSTACK_ENDPOINT"
	bankVariable     = "REGUA_LOCALSTACK_BANK"
	bankURLVariable  = "REGUA_LOCALSTACK_BANK_URL"
)

// stepLimit bounds each step of a deployment on a busy machine; on an idle one the longest takes half a minute.
const stepLimit = 10 * time.Minute

// deployment is Core on a LocalStack.
type deployment struct {
	t        testing.TB // of the whole suite
	root     string     // of this repository
	folder   string     // of what the suite writes
	endpoint string
	api      string // address of the API's stage
	cloud    aws.Config
	bank     *bank.Bank
	before   *bank.Bank // of the creditor named yesterday, a day ago
	bankURL  string
	accounts []bank.Account
	system   *system // of the creditor named listener
	app, ops string  // the compiled CDK app and the operator's command line
	imported time.Time
}

// begin finds or starts LocalStack and compiles what deploys.
func begin(t testing.TB) *deployment {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{t: t, root: root, folder: t.TempDir()}
	if d.endpoint = os.Getenv(endpointVariable); d.endpoint == "" {
		d.step("start LocalStack", func() error {
			// Lambda waits at a queue for the next message; LocalStack looks at an idle one every ten seconds unless told.
			d.endpoint = localstack.Start(t, "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC=1")
			return nil
		})
	}
	d.cloud = aws.Config{
		Region: region, BaseEndpoint: &d.endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	if _, err := os.Stat(filepath.Join(root, "node_modules/.bin/cdk")); err != nil {
		t.Fatal("the CDK's command line is not there: npm ci")
	}
	d.openBank()
	d.openSystem()
	d.app, d.ops = filepath.Join(d.folder, "infra"), filepath.Join(d.folder, "ops")
	d.step("compile the CDK app and the operator's tool", func() error {
		_, err := d.run(root, nil, "go", "build", "-o", d.folder+"/", "./infra", "./infra/ops")
		return err
	})
	return d
}

// step times a part of the work, which ends the suite when it fails.
func (d *deployment) step(name string, work func() error) {
	d.t.Helper()
	start := time.Now()
	err := work()
	d.t.Logf("%-45s %5.1f s", name, time.Since(start).Seconds())
	if err != nil {
		d.t.Fatalf("%s: %v", name, err)
	}
}

// run runs a program and returns what it said; its error ends with the last of that.
func (d *deployment) run(folder string, environment []string, name string, args ...string) (said string, err error) {
	ctx, cancel := context.WithTimeout(d.t.Context(), stepLimit)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...) // #nosec G204 -- programs of this repository and the go command
	command.Dir, command.Env = folder, append(os.Environ(), environment...)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Run(); err != nil {
		const enough = 3000
		return out.String(), fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, out.Bytes()[max(0, out.Len()-enough):])
	}
	return out.String(), nil
}

// cdk runs the CDK's command line against LocalStack.
func (d *deployment) cdk(args ...string) (said string, err error) {
	return d.run(d.root, nil, filepath.Join(d.root, "test/localstack/deploy/cdk"), append([]string{d.endpoint, d.folder}, args...)...)
}

// openBank serves the sandbox banks.
func (d *deployment) openBank() {
	d.t.Helper()
	address := os.Getenv(bankVariable)
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		d.t.Fatal(err)
	}
	if d.bankURL = os.Getenv(bankURLVariable); d.bankURL == "" {
		d.bankURL = "http://" + listener.Addr().String()
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.bankOf(r).ServeHTTP(w, r) }), ReadHeaderTimeout: time.Minute,
	}
	d.t.Cleanup(func() { _ = server.Close() }) // nobody is left to hear of it
	go func() { _ = server.Serve(listener) }() // ends with ErrServerClosed
}

// synthesize writes the templates from the sources in a folder, for this machine's processor, and returns where they are.
func (d *deployment) synthesize(sources, name string) (assembly string) {
	d.t.Helper()
	assembly = filepath.Join(d.folder, name)
	var providers []string
	for _, c := range d.creditors() {
		for _, at := range c.accounts {
			providers = append(providers, at.Provider+":"+at.Account)
		}
	}
	var args []string
	for _, setting := range []string{
		"stage=" + stage, "account=" + account, "region=" + region, "architecture=" + runtime.GOARCH, "portalUrl=" + portalURL,
		"mailFrom=" + mailFrom, "sandboxUrl=" + d.bankURL, "providers=" + strings.Join(providers, ","),
		"creditors=" + listener,
	} {
		args = append(args, "-c", setting)
	}
	d.step("compile the functions, synthesize", func() error {
		_, err := d.run(sources, []string{"CDK_OUTDIR=" + assembly}, d.app, args...)
		return err
	})
	return assembly
}

func (d *deployment) bootstrap() {
	d.t.Helper()
	d.step("cdk bootstrap", func() error {
		_, err := d.cdk("bootstrap", "aws://"+account+"/"+region)
		return err
	})
}

// deploy brings LocalStack to what an assembly says, and returns what the command line told of it.
func (d *deployment) deploy(name, assembly string) (said string) {
	d.t.Helper()
	outputs := filepath.Join(d.folder, "outputs.json")
	d.step(name, func() (err error) {
		said, err = d.cdk("deploy", coreStack, "--app", assembly, "--require-approval", "never", "--outputs-file", outputs)
		return err
	})
	text, err := os.ReadFile(outputs)
	if err != nil {
		d.t.Fatal(err)
	}
	var values map[string]map[string]string
	stack := strings.TrimSuffix(contract.Prefix(stage), "-")
	if err := json.Unmarshal(text, &values); err != nil || values[stack]["ApiId"] == "" {
		d.t.Fatalf("outputs %s: %v", text, err)
	}
	// The address in the outputs is a name that only LocalStack's own resolver knows.
	d.api = d.endpoint + "/_aws/execute-api/" + values[stack]["ApiId"] + "/" + stage
	return said
}

// changed copies what the functions are made of, with some files replaced, and what was compiled of it already.
func (d *deployment) changed(replaced map[string]string) (sources string) {
	d.t.Helper()
	sources = filepath.Join(d.folder, "changed")
	built := filepath.Join(".build/lambda", runtime.GOARCH)
	for _, folder := range []string{"functions", "shared", "statemachines", "events", "docs", built} {
		if err := os.CopyFS(filepath.Join(sources, folder), os.DirFS(filepath.Join(d.root, folder))); err != nil {
			d.t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum", "cdk.json"} {
		replaced[file] = filepath.Join(d.root, file)
	}
	for file, by := range replaced {
		text, err := os.ReadFile(by)
		if err == nil {
			err = os.WriteFile(filepath.Join(sources, file), text, 0o600)
		}
		if err != nil {
			d.t.Fatal(err)
		}
	}
	return sources
}

// resources are those of an assembly's Core, each as the text of the template.
func (d *deployment) resources(assembly string) map[string]string {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(assembly, coreStack+".template.json"))
	if err != nil {
		d.t.Fatal(err)
	}
	var template struct{ Resources map[string]json.RawMessage }
	if err := json.Unmarshal(text, &template); err != nil {
		d.t.Fatal(err)
	}
	out := map[string]string{}
	for name, resource := range template.Resources {
		out[name] = string(resource)
	}
	return out
}
