package journey

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
)

// The journeys are told in one of three modes, which REGUA_JOURNEY_MODE names: in memory, which is usual; with every world on a data
// directory; or with every function as its deployed binary out of REGUA_BOOTSTRAP_DIR, by the machine's clock.
const (
	modeVariable      = "REGUA_JOURNEY_MODE"
	directoryVariable = "REGUA_BOOTSTRAP_DIR"
	inMemory          = "memory"
	onData            = "data"
	asBinaries        = "bootstraps"
)

func mode() string {
	if m := os.Getenv(modeVariable); m != "" {
		return m
	}
	return inMemory
}

// today is when worlds begin: a Monday, 09:00 in Brasília, inside every contact window; for binaries it is the machine's time.
func today() time.Time {
	if mode() == asBinaries {
		return time.Now()
	}
	return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
}

// surroundings are what the mode gives a world: its clock, its store if the test has none of its own, and the directory of the binaries.
func surroundings(t testing.TB, s *setup) (clk *clock.Clock, functions string) {
	t.Helper()
	if s.store == nil && mode() == onData {
		st, err := store.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		s.store = st
	}
	if s.store == nil {
		s.store = store.Memory()
	}
	if mode() == asBinaries {
		return clock.Real(), binaries(t)
	}
	return clock.Virtual(s.start), ""
}

// binaries gives the directory of the functions' binaries, or skips the test.
func binaries(t testing.TB) string {
	t.Helper()
	if mode() != asBinaries {
		t.Skipf("%s=%s tells this journey, with the functions' binaries in %s", modeVariable, asBinaries, directoryVariable)
	}
	dir := os.Getenv(directoryVariable)
	if dir == "" {
		t.Fatalf("%s names no directory of the functions' binaries", directoryVariable)
	}
	name, _, _ := strings.Cut(t.Name(), "/")
	told.Store(name, true)
	return dir
}

// told are the journeys that had binaries.
var told sync.Map

// Why a journey is told in process only.
const (
	movesClock = "it moves the clock or needs a certain time, and binaries read the machine's"
	crowds     = "it has more calls at once than a function has processes"
	looksInto  = "it looks into the functions or stops them in the middle, and binaries are closed"
	failsOnce  = "it breaks one call, and the clients of binaries repeat a call that failed"
	noWorld    = "it has no world"
	types      = "it types the operator's commands, which no function runs"
)

// binaryJourneys are told as binaries, and inProcessOnly are not, for a reason. A test holds the two to all journeys there are.
var (
	binaryJourneys = []string{
		"TestTheStoryRunsInTheBinaries", "TestEveryBinaryStarts", "TestProcessesWantTheMachinesClock", "TestBinariesAreNearABareHandler",
		"TestStory", "TestAftercareIsConfirmed", "TestAFinancialInstitutionsDealIsACreditNote",
		"TestTheServiceIsRestoredSecondsAfterTheMoney", "TestTokenStoredBeforeTheMoney", "TestMoneyBeforeTheExecutionBegins",
		"TestFiftyDebtsAreSignedAndSettledInOneTransactionEach",
		"TestPaymentsArePostedOnceHoweverTheyAreDelivered", "TestMoneyThatNobodyAskedForIsKept", "TestBadInputIsRefusedAndChangesNothing",
		"TestEachParticipantRequestKeepsToItsBudget", "TestAWebhookDeliveryIsOneConditionalWrite", "TestTamperingInTheTableIsFound",
	}
	inProcessOnly = map[string][]string{
		movesClock: {
			"TestTheReadmeShowsARealAnswer", "TestACrashAtAnyStepLosesNothing", "TestAKillAtAnyStepLosesNothing",
			"TestADeliveryThatIsNotTheBanksChangesNothing",
			"TestALongOutageSupersedesCourtesies", "TestANewRulerTakesOverWhereTheOldOneIs",
			"TestAccountDebit", "TestAnOutageDelaysRemindersAndRepeatsNone", "TestAnUnpaidIntentExpires",
			"TestEveryReminderIsLawful", "TestEveryTamperingIsNamed", "TestNoPersonalDataLeaksAnywhere",
			"TestTheClockAndEverythingElseGoOnAfterARestart", "TestTheMachineIssuesWhatTheRequestCouldNot",
			"TestACodeOverWhatIsLeftTakesThePlaceOfTheFirst",
			"TestANoticeThatProvesNothingIsAskedAbout", "TestTheNoticeNeverArrives",
			"TestTheMorningsComparisonPostsWhatNoNoticeReported",
			"TestTheRulerStopsWhenTheParticipantActs",
			"TestTheRulerWalksItsThreeRungs", "TestTheSecondInstalmentFallsDue", "TestTheSessionIsTouchedAtMostOnceAMinute",
			"TestTheWakeUpIsLost", "TestTheWebhookFunctionDiesBetweenStoreAndQueue", "TestTokenNeverStored",
			"TestACreditorsSystemThatIsDown",
			"TestTokenStoredLongAfterTheMoney", "TestAnUnknownContractIsAnsweredAsAKnownOne", "TestWrongCodesCountOverAllCodesOfADay",
			"TestTwoContractsOfOneCaseAreAnsweredAsTwoStrangers",
			"TestABoletoSettlesOnTheNextBusinessDay", "TestABoletoThatNeverSettlesCloses", "TestPixOvertakesABoleto",
			"TestMoneyThatCameTwiceGoesBack", "TestALatePaymentBringsItsCharges", "TestPaidInPartThenTheRest",
			"TestARefundAtTheBanksCounterIsBooked", "TestAChargebackReopensWhatWasSettled", "TestTheNextAccountIsAskedWhenTheFirstIsDown",
			"TestNobodyAnswersUntilLater", "TestDealsEndByThemselves", "TestWithdrawal",
			"TestMoneyAfterADealsEndCountsAgainstItsDebts", "TestADuplicateAfterARefundPostsNothing", "TestAChargebackReopensForALimitedTime",
			"TestAftercareIsAskedUntilItIsAnswered", "TestAftercareThatIsRefused", "TestAnAnswerThatIsNotTheCreditorsChangesNothing",
		},
		crowds: {
			"TestOneKeyMakesOneProposal", "TestOneOfferMakesOneProposal", "TestTenPaymentsForOneInstalment",
		},
		looksInto: {
			"TestACreditorsSystemIsTold",
			"TestOfAThousandParallelGuessesFiveCount",
		},
		failsOnce: {"TestTokenStoredWhileTheMoneyIsPosted", "TestTokenStoredAfterTheMoney"},
		types: {
			"TestADealAboveTheLimitIsReviewed", "TestAReviewThatNobodyAnswersEnds", "TestTwoOperatorsAboveALimit", "TestARecallWhileACodeIsLive",
			"TestADisputeInMidFlow", "TestAReportedDeathSuspendsTheDebts", "TestOrphansAreDecidedByCommand",
		},
		noWorld: {
			"TestTheDocumentIsHeldTo", "TestProblemsAreOfTheContract", "TestTheSearchFindsWhatItLooksFor", "TestEveryJourneyHasItsModes",
		},
	}
)

// TestMain runs the journeys of the mode. Those of the binaries fail together when fewer than all of the list were told.
func TestMain(m *testing.M) {
	flag.Parse()
	all := false
	switch chosen := flag.Lookup("test.run"); mode() {
	case inMemory, onData:
	case asBinaries:
		if all = chosen.Value.String() == ""; all {
			// They wait more than they work, as nobody moves their clock.
			if err := errors.Join(chosen.Value.Set("^("+strings.Join(binaryJourneys, "|")+")$"), flag.Set("test.parallel", "10")); err != nil {
				panic(err)
			}
		}
	default:
		fmt.Fprintf(os.Stderr, "%s=%s: want %s, %s or %s\n", modeVariable, mode(), inMemory, onData, asBinaries)
		os.Exit(2)
	}
	code := m.Run()
	if err := os.RemoveAll(toolFolder); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	untold := slices.DeleteFunc(slices.Clone(binaryJourneys), func(name string) bool {
		_, ok := told.Load(name)
		return ok
	})
	if all && len(untold) > 0 {
		fmt.Fprintln(os.Stderr, "not told as binaries:", strings.Join(untold, ", "))
		code = max(code, 1)
	}
	if wrong := unlike(code == 0 && unfiltered()); len(wrong) > 0 {
		fmt.Fprintln(os.Stderr, "what the functions call is not what contract.Permissions allows:\n"+strings.Join(wrong, "\n"))
		code = max(code, 1)
	}
	os.Exit(code)
}

// TestEveryJourneyHasItsModes wants each test of this package in one of the two lists, and nothing else there.
func TestEveryJourneyHasItsModes(t *testing.T) {
	var there, listed []string
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") && f.Name.Name != "TestMain" {
				there = append(there, f.Name.Name)
			}
		}
	}
	listed = slices.Concat(binaryJourneys, slices.Concat(slices.Collect(maps.Values(inProcessOnly))...))
	slices.Sort(there)
	slices.Sort(listed)
	if !slices.Equal(there, listed) {
		t.Errorf("there are %v\nlisted are %v", there, listed)
	}
}
