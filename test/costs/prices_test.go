package costs

import "math/big"

// price is one entry of the list: USD for per units, in US East (N. Virginia).
type price struct {
	what string
	usd  string
	per  int64
	page string // the name of AWS's pricing page
	seen string // where the figure was found
}

const (
	awsPage    = "a copy of AWS's own page"
	thirdParty = "a third party's copy"
)

// The price list, in the order of the tables.
var (
	lambdaRequests  = price{"Lambda request", "0.20", 1e6, "AWS Lambda Pricing", thirdParty}
	lambdaSeconds   = price{"Lambda GB-second, arm64", "0.0000133334", 1, "AWS Lambda Pricing", thirdParty}
	apiRequests     = price{"API Gateway REST request", "3.50", 1e6, "Amazon API Gateway pricing", "an AWS whitepaper"}
	tableReads      = price{"DynamoDB read request unit", "0.125", 1e6, "Amazon DynamoDB pricing for on-demand capacity", thirdParty}
	tableWrites     = price{"DynamoDB write request unit", "0.625", 1e6, "Amazon DynamoDB pricing for on-demand capacity", thirdParty}
	tableStorage    = price{"DynamoDB storage, GB-month", "0.25", 1, "Amazon DynamoDB pricing for on-demand capacity", thirdParty}
	tableRecovery   = price{"DynamoDB recovery, GB-month", "0.20", 1, "Amazon DynamoDB pricing for on-demand capacity", thirdParty}
	transitionPrice = price{"Step Functions state transition", "0.025", 1e3, "AWS Step Functions Pricing", awsPage}
	queueRequests   = price{"SQS request", "0.40", 1e6, "Amazon SQS pricing", thirdParty}
	topicRequests   = price{"SNS publish", "0.50", 1e6, "Amazon SNS pricing", thirdParty}
	mails           = price{"SES e-mail", "0.10", 1e3, "Amazon SES pricing", thirdParty}
	keyMonths       = price{"KMS customer key, month", "1.00", 1, "AWS Key Management Service pricing", thirdParty}
	keyRequests     = price{"KMS request", "0.03", 1e4, "AWS Key Management Service pricing", thirdParty}
	secretMonths    = price{"Secrets Manager secret, month", "0.40", 1, "AWS Secrets Manager Pricing", thirdParty}
	secretRequests  = price{"Secrets Manager request", "0.05", 1e4, "AWS Secrets Manager Pricing", thirdParty}
	alarmMonths     = price{"CloudWatch alarm, month", "0.10", 1, "Amazon CloudWatch Pricing", thirdParty}
	metricMonths    = price{"CloudWatch custom metric, month", "0.30", 1, "Amazon CloudWatch Pricing", thirdParty}
	logGigabytes    = price{"CloudWatch Logs taken in, GB", "0.50", 1, "Amazon CloudWatch Pricing", thirdParty}
)

func prices() []price {
	return []price{
		lambdaRequests, lambdaSeconds, apiRequests, tableReads, tableWrites, tableStorage, tableRecovery, transitionPrice, queueRequests,
		topicRequests, mails, keyMonths, keyRequests, secretMonths, secretRequests, alarmMonths, metricMonths, logGigabytes,
	}
}

// of is what n units cost.
func (p price) of(n *big.Rat) *big.Rat {
	usd, ok := new(big.Rat).SetString(p.usd)
	if !ok {
		panic("price of " + p.what + " is no number")
	}
	return usd.Mul(usd, n).Quo(usd, new(big.Rat).SetInt64(p.per))
}
